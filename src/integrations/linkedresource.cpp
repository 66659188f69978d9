#include "integrations/linkedresource.h"

#include "api/body.h"

namespace agent::linkedresource {

using namespace Qt::StringLiterals;

Status check(Connection &connection, const InventorySource &source)
{
    if (Status name = checkText(source.name, "name"_L1, {.mayBeEmpty = true}); !name)
        return name;
    const auto known = connection.value(u"SELECT 1 FROM api_resources WHERE id = ?"_s, {source.apiResourceId});
    if (!known)
        return known.error();
    if (!known->isValid()) {
        return Error{ErrorCode::Validation, u"field 'api_resource_id' names no API resource"_s, u"api_resource_id"_s};
    }
    return {};
}

} // namespace agent::linkedresource
