#pragma once

#include "core/result.h"
#include "core/schema.h"
#include "core/task.h"

#include <memory>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class ClientPresence;
class Database;
class HttpClient;

/// What a refresh brought.
struct OuiRefreshAnswer
{
    qint64 vendors = 0; ///< address blocks in the registry
    Timestamp refreshedAt;

    friend bool operator==(const OuiRefreshAnswer &, const OuiRefreshAnswer &) = default;
};
template <>
struct Schema<OuiRefreshAnswer>
{
    static constexpr const char *name = "OuiRefreshAnswer";
    static constexpr auto fields = std::tuple{
        field("vendors", &OuiRefreshAnswer::vendors),
        field("refreshed_at", &OuiRefreshAnswer::refreshedAt),
    };
};

/// Takes the registry of MAC vendors of today into the database, where it goes before the table in the program
/// (contract 06 section 16.4). Only when somebody asks for it: the agent fetches nothing by itself. Main thread; the
/// arguments outlive it, and it outlives its tasks.
class OuiRefresh
{
public:
    OuiRefresh(Database &database, HttpClient &http, QThreadPool &workers,
               QByteArray url = "https://standards-oui.ieee.org/oui/oui.csv");

    /// @return HttpClient or HttpTimeout when the registry cannot be had, or is none; nothing is changed then.
    [[nodiscard]] Task<Result<OuiRefreshAnswer>> refresh(std::shared_ptr<ClientPresence> client);

private:
    Database &m_database;
    HttpClient &m_http;
    QThreadPool &m_workers;
    QByteArray m_url;
};

} // namespace agent
