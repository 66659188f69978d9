#pragma once

#include "net/response.h"

#include <QPointer>

namespace agent {

class GateConnection;

/// Writes the body of a streamed answer to its connection: in chunks, or as plain bytes when the length was told
/// or the client speaks HTTP/1.0. Outlives the connection harmlessly.
class ConnectionWriter final : public ResponseWriter
{
    Q_OBJECT

public:
    enum class Framing { Chunked, Plain };

    /// A producer that ignores bytesPending loses its client here, before it costs more memory than a body may.
    static constexpr qint64 kMaxPending = 64 * 1024 * 1024;

    ConnectionWriter(GateConnection &connection, Framing framing);
    ~ConnectionWriter() override;

    void write(const QByteArray &bytes) override;
    void finish() override;
    [[nodiscard]] qint64 bytesPending() const override;
    [[nodiscard]] bool isOpen() const override { return m_connection; }

private:
    void end();

    QPointer<GateConnection> m_connection;
    Framing m_framing;
    bool m_wasAbove = false;
};

} // namespace agent
