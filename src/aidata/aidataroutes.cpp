#include "aidata/aidataroutes.h"

#include "aidata/aiconversationroutes.h"
#include "aidata/aimemoryroutes.h"
#include "aidata/aiprofileroutes.h"
#include "aidata/knowledgepackroutes.h"
#include "api/notimplemented.h"

namespace agent {

using namespace Qt::StringLiterals;

void registerAiDataRoutes(Router &router, Database &database, QThreadPool &parsers)
{
    registerAiProfileRoutes(router, database);
    registerAiMemoryRoutes(router, database);
    registerAiConversationRoutes(router, database, parsers);
    registerKnowledgePackRoutes(router);
    registerNotImplemented(router, {.feature = u"the AI assistant"_s,
                                    .paths = {{Method::Post, "/api/ai/chat"},
                                              {Method::Post, "/api/ai/agent-chat"},
                                              {Method::Post, "/api/ai/agent-chat-stream"},
                                              {Method::Post, "/api/ai/generate-script"},
                                              {Method::Post, "/api/ai/analyze-highlights"},
                                              {Method::Get, "/api/ai/providers/:provider/models"}}});
    registerNotImplemented(router, {.feature = u"removing secrets from texts for an AI model"_s,
                                    .paths = {{Method::Post, "/api/ai/sanitization/test"}}});
}

} // namespace agent
