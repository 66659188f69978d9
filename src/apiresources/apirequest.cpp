#include "apiresources/apirequest.h"

#include "httpclient/httpurl.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

using Kind = ApiValues::Kind;

constexpr qint64 kMinTimeoutSecs = 1, kMaxTimeoutSecs = 300;

/// Filled in, a path or header of a few kilobytes and a body of a few megabytes are what services take.
constexpr qsizetype kMaxLineBytes = 64 * 1024, kMaxBodyBytes = 32_MiB;

/// `prefix` and the secret behind it.
Secret joined(QByteArrayView prefix, const Secret &secret)
{
    Secret result = Secret::ofSize(std::size_t(prefix.size()) + secret.size());
    result.fill([&](char *at, std::size_t) {
        at = std::ranges::copy(prefix, at).out;
        secret.reveal([&](QByteArrayView bytes) { std::ranges::copy(bytes, at); });
    });
    return result;
}

Secret basicCredentials(const Secret &user, const Secret &password)
{
    Secret pair = joined("", user);
    user.reveal([&](QByteArrayView name) {
        QByteArray prefix = name.toByteArray() + ':';
        pair = joined(prefix, password);
        wipe(prefix);
    });
    return pair.reveal([](QByteArrayView bytes) {
        QByteArray encoded = bytes.toByteArray();
        QByteArray text = encoded.toBase64();
        wipe(encoded);
        Secret credentials = joined("Basic ", Secret(QByteArrayView(text)));
        wipe(text);
        return credentials;
    });
}

/// The headers of a request; a later one takes the place of an earlier one of the same name.
class HeaderList
{
public:
    explicit HeaderList(const ApiValues &values)
        : m_values(values)
    {
        addTemplate(u"Accept"_s, u"application/json, */*;q=0.1"_s);
        addTemplate(u"User-Agent"_s, u"netstacks-agent/" AGENT_VERSION ""_s);
    }

    void addTemplate(const QString &name, const QString &text)
    {
        if (name.trimmed().isEmpty())
            return; // a row of the form that nobody filled in
        add(name.trimmed(), substituted(text, m_values), shown(text, m_values));
    }
    void addTemplates(const QList<std::pair<QString, QString>> &templates)
    {
        for (const auto &[name, text] : templates)
            addTemplate(name, text);
    }
    void addBasic(const Secret &user, const Secret &password)
    {
        // Its last characters would be those of the password.
        add(u"Authorization"_s, basicCredentials(user, password), u"Basic ****"_s);
    }
    void add(const QString &name, Secret value, QString shownValue)
    {
        if (soundsSecret(name) && shownValue != u"Basic ****")
            shownValue = masked(value);
        std::erase_if(m_headers, [&](const Header &old) { return old.name.compare(name, Qt::CaseInsensitive) == 0; });
        m_headers.push_back({name, std::move(value), std::move(shownValue)});
    }
    [[nodiscard]] bool has(QStringView name) const
    {
        return std::ranges::any_of(
            m_headers, [&](const Header &header) { return header.name.compare(name, Qt::CaseInsensitive) == 0; });
    }

    void moveTo(ApiRequest &request)
    {
        for (Header &header : m_headers) {
            request.shownHeaders.append({header.name, header.shown});
            request.http.headers.push_back({header.name.toUtf8(), std::move(header.value)});
        }
    }

private:
    struct Header
    {
        QString name;
        Secret value;
        QString shown;
    };
    const ApiValues &m_values;
    std::vector<Header> m_headers;
};

void addAuthHeader(HeaderList &headers, const ApiTarget &target, const QString &bearerScheme)
{
    const ApiResource &resource = target.resource;
    const auto &[token, user, password] = target.secrets;
    const QString name = resource.authHeaderName.value_or(QString()).trimmed();
    const QString prefix = resource.authHeaderPrefix.value_or(QString());
    switch (resource.authType) {
    case ApiAuth::BearerToken:
        if (token && !token->isEmpty())
            headers.add(u"Authorization"_s, joined(QString(bearerScheme + u' ').toUtf8(), *token), {});
        return;
    case ApiAuth::Basic:
        if (user && !user->isEmpty() && password)
            headers.addBasic(*user, *password);
        return;
    case ApiAuth::ApiKeyHeader:
        if (token && !token->isEmpty())
            headers.add(name.isEmpty() ? u"X-API-Key"_s : name, token->clone(), masked(*token));
        return;
    case ApiAuth::CustomHeader:
        // Only older rows have these; today's say everything in custom_headers.
        if (token && !token->isEmpty() && (!name.isEmpty() || !prefix.isEmpty()))
            headers.add(name.isEmpty() ? u"Authorization"_s : name, joined(prefix.toUtf8(), *token), masked(*token));
        return;
    case ApiAuth::None:
    case ApiAuth::MultiStep:
        return;
    }
}

/// The text of a URL with the values of parameters that sound secret masked.
QString withoutSecretParameters(const QString &url)
{
    const qsizetype question = url.indexOf(u'?');
    if (question < 0)
        return url;
    QStringList parts;
    for (const QStringView part : QStringView(url).sliced(question + 1).split(u'&')) {
        const qsizetype equals = part.indexOf(u'=');
        if (equals < 0 || !soundsSecret(part.first(equals)))
            parts.append(part.toString());
        else
            parts.append(part.first(equals + 1) + masked(Secret(QByteArrayView(part.sliced(equals + 1).toUtf8()))));
    }
    return QString(url.first(question + 1) + parts.join(u'&'));
}

/// Templates can multiply what is put into them.
Status checkSizes(const QString &path, const QList<std::pair<QString, QString>> &headers,
                  const std::optional<QString> &body, const ApiValues &values)
{
    const auto tooLong = [](const QString &what) {
        return Error{ErrorCode::Validation, u"the %1 is too long with its variables filled in"_s.arg(what)};
    };
    if (substitutedSize(path, values) > kMaxLineBytes)
        return tooLong(u"path"_s);
    for (const auto &[name, text] : headers) {
        if (substitutedSize(text, values) > kMaxLineBytes)
            return tooLong(u"header '%1'"_s.arg(name));
    }
    if (body && substitutedSize(*body, values) > kMaxBodyBytes)
        return tooLong(u"body"_s);
    return {};
}

QStringView withoutSlashes(QStringView text, bool atEnd)
{
    while (!text.isEmpty() && (atEnd ? text.back() : text.front()) == u'/')
        text = atEnd ? text.chopped(1) : text.sliced(1);
    return text;
}

void setUrl(ApiRequest &request, const ApiResource &resource, const QString &path, const ApiValues &values)
{
    const QString trimmedBase = resource.baseUrl.trimmed();
    const QString base = withoutSlashes(trimmedBase, true) + u"/"_s;
    Secret target = substituted(withoutSlashes(path, false), values);
    request.http.url = encodedForUrl(joined(base.toUtf8(), target));
    request.shownUrl = withoutSecretParameters(base + shown(withoutSlashes(path, false), values));
}

void setBody(ApiRequest &request, HeaderList &headers, const std::optional<QString> &body, const ApiValues &values)
{
    if (!body || body->isEmpty())
        return;
    request.http.body = substituted(*body, values);
    if (!headers.has(u"Content-Type"))
        headers.addTemplate(u"Content-Type"_s, u"application/json"_s);
}

void setRules(ApiRequest &request, const ApiResource &resource, const QString &method)
{
    request.http.method = method.trimmed().toUpper().toUtf8();
    request.http.verifyTls = resource.verifySsl;
    request.http.timeout = std::chrono::seconds(std::clamp(resource.timeoutSecs, kMinTimeoutSecs, kMaxTimeoutSecs));
}

} // namespace

ApiValues credentialValues(const ResourceSecrets &secrets)
{
    ApiValues values;
    if (secrets.username)
        values.set(u"username"_s, secrets.username->clone(), Kind::Secret);
    if (secrets.password)
        values.set(u"password"_s, secrets.password->clone(), Kind::Secret);
    if (secrets.token)
        values.set(u"token"_s, secrets.token->clone(), Kind::Secret);
    return values;
}

Result<ApiRequest> makeRequest(const ApiTarget &target, const ApiCall &call, const ApiValues &values)
{
    const auto before = stringMembers(target.resource.defaultHeaders) + call.headers;
    QList<std::pair<QString, QString>> after;
    for (const CustomHeader &header : target.resource.customHeaders)
        after.emplaceBack(header.name, header.value);
    if (Status fits = checkSizes(call.path, before + after, call.body, values); !fits)
        return fits.error();
    ApiRequest request;
    HeaderList headers(values);
    headers.addTemplates(before);
    addAuthHeader(headers, target, call.bearerScheme);
    headers.addTemplates(after);
    setUrl(request, target.resource, call.path, values);
    setBody(request, headers, call.body, values);
    setRules(request, target.resource, call.method);
    headers.moveTo(request);
    request.http.maxBodyBytes = call.maxBodyBytes;
    request.http.maxRedirects = call.maxRedirects;
    return request;
}

Result<ApiRequest> makeStepRequest(const ApiTarget &target, const AuthFlowStep &step, const ApiValues &values)
{
    const auto given = stringMembers(step.headers);
    if (Status fits = checkSizes(step.path, given, step.body, values); !fits)
        return fits.error();
    ApiRequest request;
    HeaderList headers(values);
    headers.addTemplates(given);
    if (step.useBasicAuth) {
        const auto &[token, user, password] = target.secrets;
        if (!user || user->isEmpty())
            return Error{ErrorCode::AuthFlow, u"the step needs Basic authentication, but no username is stored"_s};
        const Secret none;
        headers.addBasic(*user, password ? *password : none);
    }
    setUrl(request, target.resource, step.path, values);
    setBody(request, headers, step.body, values);
    setRules(request, target.resource, step.method);
    headers.moveTo(request);
    return request;
}

} // namespace agent
