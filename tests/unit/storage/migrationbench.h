#pragma once

#include "storage/connection.h"
#include "storage/databaseschema.h"
#include "storage/opendatabase.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

namespace agent::test {

using namespace Qt::StringLiterals;

inline QString generationScript(const QString &name)
{
    QFile file(QStringLiteral(AGENT_SOURCE_DIR) + u"/tests/unit/storage/generations/"_s + name + u".sql"_s);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// The columns that contract 02 section 1.6 lists as added one by one.
inline const QList<std::pair<QString, QStringList>> &additiveColumns()
{
    static const QList<std::pair<QString, QStringList>> columns{
        {u"sessions"_s,
         u"profile_id profile_overrides netbox_device_id netbox_source_id cli_flavor terminal_theme jump_host "
         u"jump_port "
         "jump_username port_forwards auto_commands legacy_ssh protocol jump_host_id sftp_start_path jump_session_id"_s
             .split(u' ')},
        {u"credential_profiles"_s,
         u"terminal_theme default_font_size default_font_family scrollback_lines local_echo auto_reconnect "
         "reconnect_delay cli_flavor auto_commands jump_host_id jump_session_id"_s.split(u' ')},
        {u"folders"_s, {u"scope"_s}},
        {u"topologies"_s, {u"folder_id"_s, u"sort_order"_s, u"shared"_s}},
        {u"tunnels"_s, {u"jump_session_id"_s}},
        {u"documents"_s, {u"encrypted_content"_s}},
        {u"document_versions"_s, {u"encrypted_content"_s}},
        {u"topology_devices"_s, {u"profile_id"_s, u"snmp_profile_id"_s}},
        {u"topology_connections"_s,
         u"waypoints curve_style bundle_id bundle_index color line_style line_width notes"_s.split(u' ')},
        {u"layouts"_s, {u"tabs"_s}},
        {u"changes"_s, {u"device_overrides"_s, u"document_id"_s}},
        {u"mop_executions"_s,
         u"plan_id on_failure pause_after_pre_checks pause_after_changes pause_after_post_checks"_s.split(u' ')},
        {u"mop_execution_steps"_s, u"execution_source quick_action_id quick_action_variables script_id script_args "
                                   "paired_step_id output_format"_s.split(u' ')},
        {u"custom_commands"_s,
         u"action_type quick_action_id quick_action_variable script_id show_in_force_click"_s.split(u' ')},
        {u"scripts"_s, {u"created_by"_s, u"approved"_s}},
        {u"mapped_keys"_s, {u"description"_s, u"is_secret"_s, u"command_encrypted"_s}},
        {u"agent_tasks"_s, u"agent_definition_id parent_task_id root_task_id depth spawned_by_agent_definition_id "
                           "delegation_label"_s.split(u' ')},
        {u"mcp_servers"_s, u"transport_type url auth_type auth_token auth_token_encrypted server_type"_s.split(u' ')},
        {u"api_resources"_s, u"auth_header_prefix custom_headers test_path"_s.split(u' ')},
        {u"netbox_sources"_s, u"device_filters cli_flavor_mappings"_s.split(u' ')},
    };
    return columns;
}

/// A CREATE TABLE of ours (a column a line) without some of its columns.
inline QString withoutColumns(const QString &sql, const QStringList &columns)
{
    QStringList lines = sql.split(u'\n');
    lines.removeIf([&](const QString &line) {
        return line.startsWith("    "_L1) && columns.contains(line.trimmed().section(u' ', 0, 0));
    });
    QString &last = lines[lines.size() - 2];
    if (last.endsWith(u','))
        last.chop(1);
    return lines.join(u'\n');
}

/// A database file of a generation, before and after it is opened. Its suites begin it for each test.
class MigrationBench
{
public:
    void begin();
    void end();
    /// Builds a file of the given generation with plain SQL.
    void make(const QString &generation);
    void open();
    [[nodiscard]] QVariant value(const QString &sql);
    [[nodiscard]] QStringList list(const QString &sql);
    [[nodiscard]] QStringList backups() const;
    [[nodiscard]] QByteArray content() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    OpenedDatabase m_opened;
    std::unique_ptr<Connection> m_connection;
};

inline void MigrationBench::begin()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"netstacks.db"_s);
}

inline void MigrationBench::end()
{
    m_connection.reset();
    m_opened = {};
    m_folder.reset();
}

inline void MigrationBench::make(const QString &generation)
{
    Connection connection;
    QVERIFY(connection.open(m_path));
    for (const QString &pragma : {u"PRAGMA foreign_keys = OFF"_s, u"PRAGMA synchronous = OFF"_s})
        QVERIFY(connection.value(pragma));
    Status done;
    if (generation == "first"_L1 || generation == "profiles"_L1) {
        done = connection.executeScript(generationScript(generation));
    } else {
        auto fresh = freshCatalog();
        QVERIFY(fresh);
        for (const auto &[name, table] : fresh->tables.asKeyValueRange()) {
            if (name.startsWith("nsx_"_L1))
                continue;
            if (generation == "0.1.7"_L1 && name.endsWith("_sources"_L1) && !name.startsWith("enrichment"_L1))
                continue;
            QString sql = table.sql;
            if (generation == "bare"_L1) {
                for (const auto &[changed, columns] : additiveColumns())
                    sql = changed == name ? withoutColumns(sql, columns) : sql;
            }
            done = connection.executeScript(sql);
            QVERIFY2(done, qPrintable(sql + done.error().message));
        }
        if (generation == "0.1.7"_L1)
            done = connection.executeScript(generationScript(generation));
    }
    QVERIFY2(done, qPrintable(generation + done.error().message));
}

inline void MigrationBench::open()
{
    m_connection.reset();
    auto opened = openDatabase({.path = m_path, .warning = {}});
    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
    m_opened = *std::move(opened);
    m_connection = std::make_unique<Connection>();
    QVERIFY(m_connection->open(m_path));
}

inline QVariant MigrationBench::value(const QString &sql)
{
    auto answer = m_connection->value(sql);
    return answer ? *answer : QVariant(answer.error().message);
}

inline QStringList MigrationBench::list(const QString &sql)
{
    QStringList values;
    const Status read =
        m_connection->forEach(sql, {}, [&values](const QSqlQuery &row) { values.append(row.value(0).toString()); });
    return read ? values : QStringList{read.error().message};
}

inline QStringList MigrationBench::backups() const
{
    return QDir(m_folder->path()).entryList({u"netstacks.db.bak-*"_s});
}

inline QByteArray MigrationBench::content() const
{
    QFile file(m_path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace agent::test
