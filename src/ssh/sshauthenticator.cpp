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

Status withPassword(SshSession &session, const Secret &password, SshSession::Clock::time_point deadline)
{
    PasswordDialogue dialogue(session, password, deadline);
    auto first = dialogue.tryKeyboardInteractive();
    if (!first)
        return std::move(first).error();
    if (*first == Outcome::Accepted)
        return {};
    if (*first == Outcome::Rejected)
        return denied();
    const int offered = ssh_userauth_list(session.handle(), nullptr);
    if (offered != 0 && (offered & SSH_AUTH_METHOD_PASSWORD) == 0)
        return *first == Outcome::Partial ? wantsMore() : denied();
    auto second = dialogue.tryPassword();
    if (!second)
        return std::move(second).error();
    switch (*second) {
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
    auto key = loadPrivateKey(login.path, login.passphrase);
    if (!key)
        return std::move(key).error();
    auto rc = session.complete(SSH_AUTH_AGAIN, deadline,
                               [&] { return ssh_userauth_publickey(session.handle(), nullptr, key->get()); });
    if (!rc)
        return std::move(rc).error();
    switch (*rc) {
    case SSH_AUTH_SUCCESS:
        return {};
    case SSH_AUTH_PARTIAL:
        return wantsMore();
    case SSH_AUTH_DENIED:
        return denied();
    default:
        return Error{ErrorCode::ConnectionFailed, session.errorText()};
    }
}

} // namespace

Status authenticate(SshSession &session, const SshLogin &login, SshSession::Clock::time_point deadline)
{
    return std::visit(
        [&](const auto &credential) {
            if constexpr (std::is_same_v<std::decay_t<decltype(credential)>, KeyLogin>)
                return withKey(session, credential, deadline);
            else
                return withPassword(session, credential.password, deadline);
        },
        login.credential);
}

} // namespace agent
