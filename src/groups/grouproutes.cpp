#include "groups/grouproutes.h"

#include "api/crud.h"
#include "groups/group.h"
#include "groups/layout.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxTabs = 1000;

template <typename Tabs>
Status checkTabs(const QString &name, const Tabs &tabs)
{
    if (Status text = checkText(name, "name"_L1); !text)
        return text;
    if (tabs.size() > kMaxTabs)
        return Error{ErrorCode::Validation, u"field 'tabs' has more than %1 tabs"_s.arg(kMaxTabs), u"tabs"_s};
    return {};
}

Status beforeCreateGroup(Connection &, Group &group)
{
    group.createdAt = group.updatedAt = preciseNowWithOffset();
    return checkTabs(group.name, group.tabs);
}

Status beforeUpdateGroup(Connection &, const Group &, Group &group)
{
    group.updatedAt = preciseNowWithOffset();
    return checkTabs(group.name, group.tabs);
}

Status checkLayout(const Layout &layout) { return checkTabs(layout.name, layout.tabs.value_or(QList<LayoutTab>())); }

/// 204 also when the group is gone already.
Task<Response> deleteGroup(Database &database, Request request)
{
    Status removed =
        co_await database.run([id = request.param("id")](Connection &c) { return repository::remove<Group>(c, id); });
    if (!removed && removed.error().code == ErrorCode::NotFound)
        removed = {};
    co_return respond(removed);
}

} // namespace

void registerGroupRoutes(Router &router, Database &database)
{
    registerCrud<Group>(router, database, "/api/groups",
                        {.beforeCreate = beforeCreateGroup, .beforeUpdate = beforeUpdateGroup},
                        {.remove = [&database](Request r) { return deleteGroup(database, std::move(r)); }});
    registerCrud<Layout>(router, database, "/api/layouts",
                         {.beforeCreate = [](Connection &, Layout &now) { return checkLayout(now); },
                          .beforeUpdate = [](Connection &, const Layout &, Layout &now) { return checkLayout(now); }});
}

} // namespace agent
