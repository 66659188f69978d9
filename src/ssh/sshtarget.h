#pragma once

#include "core/secret.h"

#include <QString>

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

namespace agent {

struct PasswordLogin
{
    Secret password;
};

struct KeyLogin
{
    QString path = {};      ///< a leading `~/` (or `%USERPROFILE%`) is expanded; empty: only the agent's keys
    Secret passphrase = {}; ///< empty: the key must not be encrypted
    /// For a server that takes the key as a first step only and then wants a password; else it is never sent.
    Secret password = {};
    bool useAgent = false; ///< ask the SSH agent of the user, after the file
};

/// Who logs in, and with what. Destroyed, and so wiped, as soon as the server has let us in or refused.
struct SshLogin
{
    QString username;
    std::variant<PasswordLogin, KeyLogin> credential = {};
};

/// Everything it takes to reach one SSH server. Move-only: it holds secrets.
struct SshTarget
{
    QString host = {}; ///< a name, an IPv4 or IPv6 address, also with a zone or in brackets
    quint16 port = 22;
    SshLogin login = {};
    /// The limit of each step: look-up and TCP connect with key exchange, and then authentication again.
    std::chrono::milliseconds connectTimeout = std::chrono::seconds(15);
    /// Silence after which the peer is probed; three unanswered probes are a loss. Zero: never.
    std::chrono::milliseconds keepalive = std::chrono::seconds(30);
    /// How long after the first probe the loss is certain; nothing: two intervals.
    std::optional<std::chrono::milliseconds> answerLimit = {};
    /// Offer the algorithms of old gear at once, instead of only after the peer turned out to have no others.
    bool legacy = false;
    /// Files go over it, so that a cipher which processors do themselves comes before the one that terminals prefer.
    bool isForBulk = false;
    /// The server to go through; null: direct.
    std::unique_ptr<SshTarget> via = nullptr;
    /// What errors call it when it is such a server: "jump host 'edge-1'".
    QString label = {};
};

} // namespace agent
