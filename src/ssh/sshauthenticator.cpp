#include "ssh/sshauthenticator.h"

#include "ssh/privatekey.h"
#include "ssh/sshlog.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// A server that goes on asking nothing is not asking.
constexpr int kMaxEmptyRequests = 8;

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

class PasswordDialogue
{
public:
    PasswordDialogue(SshSession &session, const Secret &password, SshSession::Clock::time_point deadline)
        : m_session(session)
        , m_password(password)
        , m_deadline(deadline)
    {
    }

    Result<Outcome> tryKeyboardInteractive();
    Result<Outcome> tryPassword();

private:
    Result<int> step()
    {
        return m_session.complete(SSH_AUTH_AGAIN, m_deadline,
                                  [this] { return ssh_userauth_kbdint(m_session.handle(), nullptr, nullptr); });
    }
    /// @return whether the password was among the answers
    bool answerPrompts(unsigned count);

    SshSession &m_session;
    const Secret &m_password;
    const SshSession::Clock::time_point m_deadline;
};

Result<Outcome> PasswordDialogue::tryKeyboardInteractive()
{
    bool answered = false, askedForPassword = false;
    int emptyRequests = 0;
    auto rc = step();
    while (rc && *rc == SSH_AUTH_INFO) {
        const int prompts = ssh_userauth_kbdint_getnprompts(m_session.handle());
        if (prompts > 0) {
            if (std::exchange(answered, true))
                return Outcome::Refused; // a second question we have no answer to
            askedForPassword = answerPrompts(unsigned(prompts));
        } else if (++emptyRequests > kMaxEmptyRequests) {
            return Outcome::Refused;
        }
        rc = step();
    }
    if (!rc)
        return std::move(rc).error();
    switch (*rc) {
    case SSH_AUTH_SUCCESS:
        return Outcome::Accepted;
    case SSH_AUTH_PARTIAL:
        return Outcome::Partial;
    case SSH_AUTH_DENIED:
        return askedForPassword ? Outcome::Rejected : Outcome::Refused;
    default:
        return Error{ErrorCode::ConnectionFailed, m_session.errorText()};
    }
}

bool PasswordDialogue::answerPrompts(unsigned count)
{
    bool askedForPassword = false;
    for (unsigned i = 0; i < count; ++i) {
        char echo = 0;
        const char *prompt = ssh_userauth_kbdint_getprompt(m_session.handle(), i, &echo);
        if (echo) {
            ssh_userauth_kbdint_setanswer(m_session.handle(), i, "");
            continue;
        }
        // Other hidden questions (a token's code) say nothing about the password itself.
        askedForPassword = askedForPassword || QByteArray(prompt).toLower().contains("assword");
        m_password.reveal([&](QByteArrayView password) { // libssh wipes its copy
            ssh_userauth_kbdint_setanswer(m_session.handle(), i, password.data());
        });
    }
    return askedForPassword;
}

Result<Outcome> PasswordDialogue::tryPassword()
{
    auto rc = m_password.reveal([this](QByteArrayView password) {
        return m_session.complete(SSH_AUTH_AGAIN, m_deadline, [this, password] {
            return ssh_userauth_password(m_session.handle(), nullptr, password.data());
        });
    });
    if (!rc)
        return std::move(rc).error();
    switch (*rc) {
    case SSH_AUTH_SUCCESS:
        return Outcome::Accepted;
    case SSH_AUTH_PARTIAL:
        return Outcome::Partial;
    case SSH_AUTH_DENIED:
        return Outcome::Rejected;
    default:
        return Error{ErrorCode::ConnectionFailed, m_session.errorText()};
    }
}

Error wantsMore()
{
    return Error{ErrorCode::AuthFailed,
                 u"authentication failed: the server asks for a further step that this profile has no answer to"_s};
}

/// Whether the server takes `method` next; unknown counts as yes.
bool isOffered(SshSession &session, int method)
{
    const int offered = ssh_userauth_list(session.handle(), nullptr);
    return offered == 0 || (offered & method) != 0;
}

/// Keyboard-interactive first, then `password` (contract 03 section 4.2).
Result<Outcome> tryPasswordMethods(SshSession &session, const Secret &password, SshSession::Clock::time_point deadline)
{
    PasswordDialogue dialogue(session, password, deadline);
    auto first = dialogue.tryKeyboardInteractive();
    if (!first || *first == Outcome::Accepted || *first == Outcome::Rejected)
        return first;
    if (!isOffered(session, SSH_AUTH_METHOD_PASSWORD))
        return first;
    return dialogue.tryPassword();
}

class KeyDialogue
{
public:
    KeyDialogue(SshSession &session, const KeyLogin &login, SshSession::Clock::time_point deadline)
        : m_session(session)
        , m_login(login)
        , m_deadline(deadline)
    {
    }

    /// The file with its certificate, the file alone, the keys of the agent: until the server takes one.
    Result<Outcome> tryKeys();

private:
    Result<Outcome> tryFile();
    Result<Outcome> tryAgent();
    Result<Outcome> offer(ssh_key key);
    template <typename Call>
    Result<Outcome> step(Call call);

    SshSession &m_session;
    const KeyLogin &m_login;
    const SshSession::Clock::time_point m_deadline;
};

Result<Outcome> KeyDialogue::tryKeys()
{
    Result<Outcome> outcome = Outcome::Refused;
    if (!m_login.path.isEmpty())
        outcome = tryFile();
    if (!m_login.useAgent || (outcome && (*outcome == Outcome::Accepted || *outcome == Outcome::Partial)))
        return outcome;
    if (!outcome && outcome.error().code != ErrorCode::KeyError)
        return outcome;
    auto byAgent = tryAgent(); // a key file that cannot be used is no reason not to ask the agent
    return byAgent && *byAgent == Outcome::Refused && !outcome ? outcome : byAgent;
}

Result<Outcome> KeyDialogue::tryFile()
{
    auto key = loadPrivateKey(m_login.path, m_login.passphrase);
    if (!key)
        return std::move(key).error();
    if (SshKeyHandle certified = withCertificate(*key, m_login.path)) {
        auto outcome = offer(certified.get());
        if (!outcome || *outcome != Outcome::Refused)
            return outcome;
    }
    return offer(key->get());
}

Result<Outcome> KeyDialogue::offer(ssh_key key)
{
    return step([&] { return ssh_userauth_publickey(m_session.handle(), nullptr, key); });
}

Result<Outcome> KeyDialogue::tryAgent()
{
    return step([&] { return ssh_userauth_agent(m_session.handle(), nullptr); });
}

template <typename Call>
Result<Outcome> KeyDialogue::step(Call call)
{
    auto rc = m_session.complete(SSH_AUTH_AGAIN, m_deadline, call);
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
        if (m_session.isConnected()) // an agent that is not there, a signature that cannot be made
            return Outcome::Refused;
        return Error{ErrorCode::ConnectionFailed, m_session.errorText()};
    }
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

Status withKey(SshSession &session, const KeyLogin &login, SshSession::Clock::time_point deadline)
{
    const auto outcome = KeyDialogue(session, login, deadline).tryKeys();
    if (!outcome || *outcome != Outcome::Partial || login.password.isEmpty())
        return conclude(outcome);
    return conclude(tryPasswordMethods(session, login.password, deadline));
}

} // namespace

Status authenticate(SshSession &session, const SshLogin &login, SshSession::Clock::time_point deadline)
{
    if (const auto *key = std::get_if<KeyLogin>(&login.credential))
        return withKey(session, *key, deadline);
    return conclude(tryPasswordMethods(session, std::get<PasswordLogin>(login.credential).password, deadline));
}

} // namespace agent
