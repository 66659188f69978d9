#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>

#include <optional>

namespace agent::test {

/// Takes the calling thread, and every thread and process it starts from here on, into a network of its own that holds
/// nothing but a loopback. It goes with the last process in it, however that ends.
/// @return why it is not possible here (a test skips with that); nothing when it is done
[[nodiscard]] std::optional<QString> enterOwnNetwork();

/// Another machine, as far as the network is concerned: a network namespace that lives as long as this object and no
/// longer than the test. Cables join it to the test and to other such machines.
class NetworkNamespace
{
public:
    NetworkNamespace();
    ~NetworkNamespace();

    [[nodiscard]] bool isUp() const { return m_isUp; }
    /// Put before a command, runs it on this machine.
    [[nodiscard]] QStringList prefix() const;

    /// A cable to the test: the test is 10.77.`net`.1, this machine 10.77.`net`.2. @return this machine's address
    [[nodiscard]] std::optional<QString> connectToTest(int net);
    /// A cable to `other`, which becomes 10.77.`net`.2; this machine is 10.77.`net`.1. @return the address of `other`
    [[nodiscard]] std::optional<QString> connectTo(NetworkNamespace &other, int net);

    /// Takes the link on this machine's side of the cable down; the other side loses its carrier.
    [[nodiscard]] bool unplug(int net);
    /// Everything that this side of the cable sends to `address` gets lost on the way, and nobody is told.
    [[nodiscard]] bool loseWhatGoesTo(const QString &address, int net);

private:
    [[nodiscard]] bool ip(const QStringList &arguments) const;
    [[nodiscard]] bool raise(const QString &device, const QString &address) const;

    QProcess m_holder;
    QStringList m_devices; ///< the test's ends of cables
    bool m_isUp = false;
};

/// The same on the test's side of a cable: also makes black holes of addresses that nobody has.
[[nodiscard]] bool loseWhatTheTestSendsTo(const QString &address, int net);

} // namespace agent::test
