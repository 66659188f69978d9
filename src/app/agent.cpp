#include "app/agent.h"

#include "api/openapi.h"
#include "app/handshake.h"
#include "app/rooms.h"
#include "app/shutdown.h"
#include "app/singleinstance.h"
#include "net/frontdoor.h"
#include "net/tlsidentity.h"
#include "platform/memory.h"
#include "platform/privatefile.h"
#include "storage/databasemove.h"
#include "storage/opendatabase.h"

#include <QFileInfo>
#include <QLoggingCategory>
#include <QSslConfiguration>

#include <system_error>
#include <thread>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

Q_LOGGING_CATEGORY(lcApp, "netstacks.app")

// Answers in progress may end; the rooms and the database need the rest of the two seconds (contract 01 section 11).
constexpr auto kClientsLimit = 500ms;

DatabaseLocation::Inputs locationInputs(const AppPaths &paths)
{
    auto inputs = DatabaseLocation::Inputs::ofProcess();
    inputs.dataFolder = paths.dataFolder;
    inputs.roamingDataFolder = paths.olderDataFolder;
    return inputs;
}

/// Where the database is, after a move that was asked for has been made.
DatabaseLocation locate(const DatabaseLocation::Inputs &inputs)
{
    const auto moved = DatabaseMove::finish(inputs);
    if (!moved.stayAt.isEmpty())
        return {.path = moved.stayAt, .source = DatabaseLocation::Source::ConfigFile, .warning = moved.warning};
    if (!moved.warning.isEmpty())
        qCWarning(lcApp).noquote() << moved.warning;
    return DatabaseLocation::resolve(inputs);
}

Result<std::unique_ptr<Database>> openDatabaseOf(const AppPaths &paths)
{
    const auto inputs = locationInputs(paths);
    auto opened = openDatabase(locate(inputs));
    if (!opened)
        return opened.error();
    for (const QString &warning : opened->warnings)
        qCWarning(lcApp).noquote() << warning;
    return std::move(opened->database);
}

/// Lets Qt load its TLS library, which takes longer than all the rest of the start (on Linux it reads hundreds of
/// authorities), while the launcher is still busy with the port. The authorities are dropped again: the listener has
/// no use for them, and whoever dials out asks for QSslConfiguration::systemCaCertificates() then.
std::jthread warmUpTls()
{
    try {
        return std::jthread([] {
            auto configuration = QSslConfiguration::defaultConfiguration();
            configuration.setCaCertificates({});
            QSslConfiguration::setDefaultConfiguration(configuration);
            configuration = {};
            returnFreeMemory();
        });
    } catch (const std::system_error &) {
        return {}; // no thread to be had: the first client waits for it
    }
}

} // namespace

/// The members stand in the order they are opened; they are closed in the reverse one.
struct Agent::House
{
    explicit House(Launch given)
        : launch(std::move(given))
        , instance(launch.paths.lockFile())
    {
    }

    std::jthread tlsWarmUp;
    Launch launch;
    SingleInstance instance;
    std::optional<TlsIdentity> identity;
    std::unique_ptr<Database> database;
    Router router;
    std::unique_ptr<Rooms> rooms;
    std::unique_ptr<FrontDoor> frontDoor;
};

Agent::Agent(Launch launch)
    : m_house(std::make_unique<House>(std::move(launch)))
{
}

Agent::~Agent() = default;

Status Agent::start(Handshake &handshake, const Shutdown &shutdown)
{
    House &house = *m_house;
    const CommandLine &line = house.launch.commandLine;
    const AppPaths &paths = house.launch.paths;
    if (const Status created = paths.createFolders(); !created)
        return created;

    if (house.launch.token.isGenerated)
        handshake.printToken(house.launch.token.value);
    const QStringList names = TlsIdentity::parseNames(qEnvironmentVariable("NETSTACKS_TLS_SANS"));
    auto identity = TlsIdentity::loadOrCreate(names.isEmpty() ? TlsIdentity::localPair(paths.configFolder)
                                                              : TlsIdentity::remotePair(paths.configFolder, names));
    if (!identity)
        return identity.error();
    house.identity = std::move(*identity);
    handshake.printCertificate(house.identity->certificatePem());

    // The predecessor goes before the database is opened: a staged import swaps the file there.
    if (!line.remote)
        house.instance.evictPredecessor();
    if (shutdown.isRequested())
        return {};

    auto database = openDatabaseOf(paths);
    if (!database)
        return database.error();
    house.database = std::move(*database);
    house.rooms = std::make_unique<Rooms>(*house.database, house.router,
                                          Rooms::Setup{.childDefaults = house.launch.childDefaults,
                                                       .dataFolder = paths.dataFolder,
                                                       .configFolder = paths.configFolder});
    if (shutdown.isRequested())
        return {};

    house.frontDoor = std::make_unique<FrontDoor>(
        FrontDoor::Config{
            .address = line.address,
            .port = line.port,
            .lateIdentity = [&identity =
                                 *house.identity] { return std::pair(identity.certificate(), identity.privateKey()); },
            .token = std::move(house.launch.token.value),
            .hosts = line.remote ? HostGuard::Mode::AcceptAny : HostGuard::Mode::Check,
            .hostNames = names,
            .onAuthorized = [rooms = house.rooms.get()](const Route &route) { rooms->noteRequest(route); }},
        house.router);
    const Result<quint16> port = house.frontDoor->listen();
    if (!port)
        return port.error();
    house.rooms->setOwnEndpoint(line.address, *port);
    handshake.printPort(*port);
    house.tlsWarmUp = warmUpTls();
    house.rooms->startBackgroundWork();
    if (!line.remote)
        house.instance.announce(*port);
    return {};
}

Task<> Agent::stop()
{
    if (m_house->rooms)
        co_await m_house->rooms->stop();
    if (m_house->frontDoor)
        co_await m_house->frontDoor->stop(kClientsLimit);
}

Result<QString> initTls(const AppPaths &paths)
{
    const auto identity = TlsIdentity::loadOrCreate(TlsIdentity::localPair(paths.configFolder));
    if (!identity)
        return identity.error();
    const QString flag = paths.trustFlagFile();
    if (const Status written = writePrivateFile(flag, identity->trustFlag(), Durable::Yes); !written)
        return written.error();
    return flag;
}

Result<QString> restoreBackup(const AppPaths &paths, const QString &backup)
{
    const QString path = DatabaseLocation::resolve(locationInputs(paths)).path;
    if (const Status staged = stageImport(QFileInfo(backup).absoluteFilePath(), path); !staged)
        return staged.error();
    return path;
}

QByteArray describeApi()
{
    Database closed;
    Router router;
    const Rooms rooms(closed, router, {});
    return openApiDocument(router);
}

} // namespace agent
