#include "enrichment/enrichmentroutes.h"

#include "api/body.h"
#include "enrichment/enrichment.h"
#include "net/router.h"

namespace agent {

namespace {

template <typename Answer>
Task<Response> encoded(Task<Result<Answer>> task)
{
    const Result<Answer> answer = co_await task;
    co_return answer ? Response::json(encode(*answer)) : Response::error(answer.error());
}

template <typename Asked, typename Answer>
void registerQuestion(Router &router, const QByteArray &path, Enrichment &enrichment,
                      Task<Result<Answer>> (Enrichment::*ask)(Asked), QByteArray summary)
{
    router
        .post(path,
              [&enrichment, ask](Request request) -> Task<Response> {
                  auto asked = decodeBody<Asked>(request);
                  if (!asked)
                      return [](Error error) -> Task<Response> { co_return Response::error(error); }(asked.error());
                  return encoded<Answer>((enrichment.*ask)(std::move(*asked)));
              })
        .describe(std::move(summary))
        .accepts(createBodyOf<Asked>())
        .returns(typeOf<Answer>());
}

} // namespace

void registerEnrichRoutes(Router &router, Enrichment &enrichment)
{
    router
        .get("/api/enrich/active-matchers",
             [&enrichment](Request) { return encoded<ActiveMatchers>(enrichment.activeMatchers()); })
        .describe("The matchers whose sources can be asked")
        .returns(typeOf<ActiveMatchers>());
    registerQuestion(router, "/api/enrich/match", enrichment, &Enrichment::match, "Who can be asked about a word");
    registerQuestion(router, "/api/enrich/source", enrichment, &Enrichment::ask, "Ask one source about a word");
    registerQuestion(router, "/api/enrich", enrichment, &Enrichment::askAll, "Ask every source about a word");
    registerQuestion(router, "/api/enrichment-sources/test", enrichment, &Enrichment::test,
                     "Try a source that may not be saved");
}

} // namespace agent
