#include "ssh/sshauthenticator.h"

#include "ssh/authprompter.h"
#include "ssh/privatekey.h"
#include "ssh/sshlog.h"

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// A server that goes on asking nothing is not asking.
constexpr int kMaxEmptyRequests = 8;
constexpr int kMaxRequests = 32;
constexpr int kMaxPrompts = 16; // in one request
constexpr std::array kCodeWords = {"verification code", "one-time", "otp", "token", "passcode", "authenticator"};

enum class Outcome {
    Accepted,
    Partial,  ///< accepted, and the server wants a further method
    Refused,  ///< the method is not on offer, or was given up
    Rejected, ///< the server has seen our password and does not accept it
};

Error denied()
{
    return Error{ErrorCode::AuthFailed, u"authentication failed: the server does not accept this user name with this "
                                        u"password or key"_s};
}

/// Words of a prompt that asks for something else than the stored password.
bool asksForCode(QByteArrayView prompt)
{
    const QByteArray text = prompt.toByteArray().toLower();
    return std::ranges::any_of(kCodeWords, [&](const char *word) { return text.contains(word); });
}

/// One login and its clock, which stands still while a person is asked.
class Dialogue
{
public:
    explicit Dialogue(const AuthContext &context)
        : m_context(context)
        , m_deadline(SshSession::Clock::now() + context.limit)
    {
    }

    /// Logs in with nothing, as OpenSSH begins every login: a refusal tells the methods on offer, and some devices
    /// ask for nothing here and for everything in their shell.
    Result<Outcome> tryNone()
    {
        return outcomeOf(complete([this] { return ssh_userauth_none(handle(), nullptr); }));
    }
    /// `password` may be empty: then all questions are the person's.
    Result<Outcome> tryKeyboardInteractive(const Secret &password);
    Result<Outcome> tryPassword(const Secret &password);
    Result<Outcome> tryKeys(const KeyLogin &login);
    [[nodiscard]] bool canAsk() const { return m_context.prompter; }
    /// Whether the server takes `method` next; unknown counts as yes.
    [[nodiscard]] bool isOffered(int method) const
    {
        const int offered = ssh_userauth_list(handle(), nullptr);
        return offered == 0 || (offered & method) != 0;
    }

private:
    [[nodiscard]] ssh_session handle() const { return m_context.session.handle(); }
    template <typename Call>
    Result<int> complete(Call call)
    {
        return m_context.session.complete(SSH_AUTH_AGAIN, m_deadline, call);
    }
    /// @return whether the password was among the answers
    Result<bool> answerPrompts(unsigned count, const Secret *password);
    Status askPerson(unsigned index, const char *prompt, bool isEchoed);
    Result<Outcome> tryFile(const KeyLogin &login);
    Result<Outcome> offer(ssh_key key);
    Result<Outcome> outcomeOf(Result<int> rc);

    const AuthContext &m_context;
    SshSession::Clock::time_point m_deadline;
    bool m_isIntroduced = false;
};

Result<Outcome> Dialogue::tryKeyboardInteractive(const Secret &password)
{
    const auto step = [this] { return complete([this] { return ssh_userauth_kbdint(handle(), nullptr, nullptr); }); };
    bool isPasswordSpent = password.isEmpty(), askedForPassword = false;
    int emptyRequests = 0, requests = 0;
    auto rc = step();
    while (rc && *rc == SSH_AUTH_INFO) {
        const int prompts = ssh_userauth_kbdint_getnprompts(handle());
        if (prompts > kMaxPrompts || ++requests > kMaxRequests)
            return Outcome::Refused; // nobody answers that many
        if (prompts > 0) {
            // A second question that we have no answer to; the person is bothered only when `password` may not do.
            if (isPasswordSpent && (!canAsk() || (!password.isEmpty() && isOffered(SSH_AUTH_METHOD_PASSWORD))))
                return Outcome::Refused;
            auto gavePassword = answerPrompts(unsigned(prompts), isPasswordSpent ? nullptr : &password);
            if (!gavePassword)
                return std::move(gavePassword).error();
            isPasswordSpent = isPasswordSpent || *gavePassword || !canAsk();
            askedForPassword = askedForPassword || *gavePassword;
        } else if (++emptyRequests > kMaxEmptyRequests) {
            return Outcome::Refused;
        }
        rc = step();
    }
    if (!rc)
        return std::move(rc).error();
    if (*rc == SSH_AUTH_DENIED)
        return askedForPassword ? Outcome::Rejected : Outcome::Refused;
    return outcomeOf(rc);
}

Result<bool> Dialogue::answerPrompts(unsigned count, const Secret *password)
{
    bool askedForPassword = false;
    for (unsigned i = 0; i < count; ++i) {
        char echo = 0;
        const char *prompt = ssh_userauth_kbdint_getprompt(handle(), i, &echo);
        if (canAsk() && (!password || (asksForCode(prompt) && !isOffered(SSH_AUTH_METHOD_PASSWORD)))) {
            if (Status asked = askPerson(i, prompt, echo != 0); !asked)
                return asked.error();
            continue;
        }
        if (echo || !password) {
            ssh_userauth_kbdint_setanswer(handle(), i, "");
            continue;
        }
        // Other hidden questions (a token's code) say nothing about the password itself.
        askedForPassword = askedForPassword || QByteArray(prompt).toLower().contains("assword");
        password->reveal([&](QByteArrayView secret) { // libssh wipes its copy
            ssh_userauth_kbdint_setanswer(handle(), i, secret.data());
        });
    }
    return askedForPassword;
}

Status Dialogue::askPerson(unsigned index, const char *prompt, bool isEchoed)
{
    if (!std::exchange(m_isIntroduced, true)) {
        const QString instruction = QString::fromUtf8(ssh_userauth_kbdint_getinstruction(handle())).trimmed();
        m_context.prompter->tell(instruction.isEmpty() ? u"%1 asks:\n"_s.arg(m_context.host)
                                                       : u"%1 asks: %2\n"_s.arg(m_context.host, instruction));
    }
    const auto answer = m_context.prompter->ask(QString::fromUtf8(prompt), isEchoed, m_context.stop);
    m_deadline = SshSession::Clock::now() + m_context.limit; // a person's time is not the server's
    if (m_context.stop->isStopped())
        return Error{ErrorCode::Cancelled, u"the connection was cancelled"_s};
    if (!answer)
        return Error{ErrorCode::AuthFailed, u"authentication failed: the question of the server was not answered"_s};
    answer->reveal([&](QByteArrayView text) {
        ssh_userauth_kbdint_setanswer(handle(), index, text.isEmpty() ? "" : text.data());
    });
    return {};
}

Result<Outcome> Dialogue::tryPassword(const Secret &password)
{
    auto outcome = outcomeOf(password.reveal([this](QByteArrayView secret) {
        return complete([this, secret] { return ssh_userauth_password(handle(), nullptr, secret.data()); });
    }));
    return outcome && *outcome == Outcome::Refused ? Outcome::Rejected : outcome;
}

/// The file with its certificate, the file alone, the keys of the agent: until the server takes one.
Result<Outcome> Dialogue::tryKeys(const KeyLogin &login)
{
    Result<Outcome> outcome = Outcome::Refused;
    if (!login.path.isEmpty())
        outcome = tryFile(login);
    if (!login.useAgent || (outcome && (*outcome == Outcome::Accepted || *outcome == Outcome::Partial)))
        return outcome;
    if (!outcome && outcome.error().code != ErrorCode::KeyError)
        return outcome;
    // A key file that cannot be used is no reason not to ask the agent.
    auto byAgent = outcomeOf(complete([this] { return ssh_userauth_agent(handle(), nullptr); }));
    return byAgent && *byAgent == Outcome::Refused && !outcome ? outcome : byAgent;
}

Result<Outcome> Dialogue::tryFile(const KeyLogin &login)
{
    auto key = loadPrivateKey(login.path, login.passphrase);
    if (!key)
        return std::move(key).error();
    if (const SshKeyHandle certified = withCertificate(*key, login.path)) {
        auto outcome = offer(certified.get());
        if (!outcome || *outcome != Outcome::Refused)
            return outcome;
    }
    return offer(key->get());
}

Result<Outcome> Dialogue::offer(ssh_key key)
{
    return outcomeOf(complete([this, key] { return ssh_userauth_publickey(handle(), nullptr, key); }));
}

Result<Outcome> Dialogue::outcomeOf(Result<int> rc)
{
    if (!rc)
        return std::move(rc).error();
    switch (*rc) {
    case SSH_AUTH_SUCCESS:
        return Outcome::Accepted;
    case SSH_AUTH_PARTIAL:
        return Outcome::Partial;
    case SSH_AUTH_DENIED:
        return Outcome::Refused;
    default:
        if (m_context.session.isConnected()) // an agent that is not there, a signature that cannot be made
            return Outcome::Refused;
        return Error{ErrorCode::ConnectionFailed, m_context.session.errorText()};
    }
}

Error wantsMore()
{
    return Error{ErrorCode::AuthFailed,
                 u"authentication failed: the server asks for a further step that this profile has no answer to"_s};
}

Status conclude(const Result<Outcome> &outcome)
{
    if (!outcome)
        return outcome.error();
    switch (*outcome) {
    case Outcome::Accepted:
        return {};
    case Outcome::Partial:
        return wantsMore();
    case Outcome::Refused:
    case Outcome::Rejected:
        return denied();
    }
    Q_UNREACHABLE_RETURN(denied());
}

/// Keyboard-interactive first, then `password` (contract 03 section 4.2); a person answers what is asked beyond that.
Status withPassword(Dialogue &dialogue, const Secret &password)
{
    if (dialogue.canAsk()) { // whether to ask depends on what else is on offer
        auto none = dialogue.tryNone();
        if (!none || *none == Outcome::Accepted)
            return conclude(none);
    }
    auto outcome = dialogue.tryKeyboardInteractive(password);
    if (outcome && (*outcome == Outcome::Refused || *outcome == Outcome::Partial) && !password.isEmpty() &&
        dialogue.isOffered(SSH_AUTH_METHOD_PASSWORD)) {
        outcome = dialogue.tryPassword(password);
    }
    // The password was the first step, and the second is a question.
    if (outcome && *outcome == Outcome::Partial && dialogue.canAsk() && dialogue.isOffered(SSH_AUTH_METHOD_INTERACTIVE))
        outcome = dialogue.tryKeyboardInteractive(Secret());
    return conclude(outcome);
}

Status withKey(Dialogue &dialogue, const KeyLogin &login)
{
    const auto outcome = dialogue.tryKeys(login);
    if (!outcome || *outcome != Outcome::Partial || (login.password.isEmpty() && !dialogue.canAsk()))
        return conclude(outcome);
    return withPassword(dialogue, login.password);
}

} // namespace

Status authenticate(const AuthContext &context, const SshLogin &login)
{
    Dialogue dialogue(context);
    if (const auto *key = std::get_if<KeyLogin>(&login.credential))
        return withKey(dialogue, *key);
    return withPassword(dialogue, std::get<PasswordLogin>(login.credential).password);
}

} // namespace agent
