#include "pty/localshellworker.h"

#include <array>

namespace agent {

namespace {

/// A Linux terminal gives at most 4 KiB a read; others give more.
constexpr std::size_t kReadPiece = 16 * 1024;
constexpr qsizetype kWritePiece = 64 * 1024;

} // namespace

LocalShellWorker::LocalShellWorker(std::shared_ptr<BackendPort> port, std::shared_ptr<Wakeup> wakeup)
    : m_port(std::move(port))
    , m_wakeup(std::move(wakeup))
{
}

void LocalShellWorker::run(const PtyCommand &command, TerminalSize size)
{
    if (m_port->isLeft())
        return;
    auto started = PtyProcess::start(command, size);
    if (!started)
        return m_port->reportFailed(started.error().message);
    m_process = std::move(*started);
    m_port->reportConnected();

    Line line = Line::Open;
    while (line == Line::Open && !m_port->isLeft()) {
        while (const auto change = m_port->inputForWorker().takeSize())
            m_process->resize(*change);
        const auto wait = m_port->flushIfDue();
        m_port->letKeysPass();
        const bool wantsOutput = m_port->wantsOutput(); // after the flush, which makes room
        const auto ready = m_process->wait({.read = wantsOutput, .write = !m_port->input().isEmpty()}, *m_wakeup, wait);
        if (m_port->isLeft())
            break;
        if (ready.writable)
            writeInput();
        if (ready.readable && readOutput() == Line::Ended)
            line = Line::Ended;
    }
    if (line == Line::Ended)
        m_port->reportEnded();
    m_process->hangUp(kHangUpGrace);
}

LocalShellWorker::Line LocalShellWorker::readOutput()
{
    std::array<char, kReadPiece> piece;
    while (m_port->wantsOutput()) {
        const qint64 count = m_process->read(piece.data(), qint64(piece.size()));
        if (count < 0)
            return Line::Ended;
        if (count == 0)
            break;
        m_port->addOutput(QByteArrayView(piece.data(), count));
    }
    return Line::Open;
}

void LocalShellWorker::writeInput()
{
    InputQueue &input = m_port->inputForWorker();
    for (auto item = input.take(); item; item = input.take()) {
        if (const auto *size = std::get_if<TerminalSize>(&*item)) {
            m_process->resize(*size);
            continue;
        }
        QByteArray &bytes = std::get<QByteArray>(*item);
        const qint64 written = m_process->write(bytes.constData(), qMin(bytes.size(), kWritePiece));
        // A write that fails is the end too, but the last output may still be unread: the reader tells.
        input.putBack(written < 0 ? QByteArray() : bytes.sliced(written));
        if (written <= 0)
            break;
    }
}

} // namespace agent
