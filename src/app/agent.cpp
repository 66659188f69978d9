#include "app/agent.h"

#include "app/handshake.h"
#include "app/shutdown.h"
#include "app/singleinstance.h"
#include "platform/privatefile.h"
#include "tls/tlsidentity.h"

#include <QTcpServer>

namespace agent {

using namespace Qt::StringLiterals;

/// The members are declared in the order they are opened.
struct Agent::House
{
    explicit House(Launch given)
        : launch(std::move(given))
        , instance(launch.paths.lockFile())
    {
    }

    Launch launch;
    SingleInstance instance;
    std::optional<TlsIdentity> identity;
    QTcpServer listener;
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
    if (const Status created = house.launch.paths.createFolders(); !created)
        return created;
    if (house.launch.token.isGenerated)
        handshake.printToken(house.launch.token.value);

    const QStringList names = TlsIdentity::parseNames(qEnvironmentVariable("NETSTACKS_TLS_SANS"));
    const QString &folder = house.launch.paths.configFolder;
    Result<TlsIdentity> identity = TlsIdentity::loadOrCreate(names.isEmpty() ? TlsIdentity::localPair(folder)
                                                                             : TlsIdentity::remotePair(folder, names));
    if (!identity)
        return identity.error();
    house.identity = std::move(*identity);
    handshake.printCertificate(house.identity->certificatePem());

    if (!line.remote)
        house.instance.evictPredecessor();
    if (shutdown.isRequested())
        return {};
    if (!house.listener.listen(line.address, line.port))
        return Error{.code = ErrorCode::Io, .message = u"cannot listen"_s};
    handshake.printPort(house.listener.serverPort());
    if (!line.remote)
        house.instance.announce(house.listener.serverPort());
    return {};
}

Result<QString> initTls(const AppPaths &paths)
{
    const Result<TlsIdentity> identity = TlsIdentity::loadOrCreate(TlsIdentity::localPair(paths.configFolder));
    if (!identity)
        return identity.error();
    const QString flag = paths.trustFlagFile();
    if (const Status written = writePrivateFile(flag, identity->trustFlag(), Durable::Yes); !written)
        return written.error();
    return flag;
}

} // namespace agent
