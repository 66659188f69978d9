#pragma once

#include "vault/apikeys.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vault.h"

namespace agent {

class Database;
class Router;

/// The services of every room and their routes, on one database. Needs the database open only once it serves, so
/// that the API can be described without one. Main thread.
class Rooms
{
public:
    /// `database` and `router` outlive this.
    Rooms(Database &database, Router &router);
    Rooms(const Rooms &) = delete;
    Rooms &operator=(const Rooms &) = delete;

private:
    Vault m_vault;
    ApiKeys m_apiKeys;
    ProfileCredentials m_profileCredentials;
    SessionCredentials m_sessionCredentials;
};

} // namespace agent
