#include "httpclient/transferthread.h"

#include "httpclient/transfer.h"
#include "platform/threadsignals.h"

#include <chrono>
#include <curl/curl.h>
#include <system_error>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kIdleLimit = 60s;
constexpr long kMaxConnections = 128; ///< at once; more requests wait their turn
constexpr long kMaxKept = 32;         ///< idle connections

void initializeCurl()
{
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

} // namespace

void TransferThread::stop()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isStopping = true;
        if (m_wakeable)
            curl_multi_wakeup(m_wakeable);
    }
    if (m_thread.joinable())
        m_thread.join();
}

void TransferThread::start(std::shared_ptr<Transfer> transfer) { post({Verb::Start, std::move(transfer)}); }
void TransferThread::resume(std::shared_ptr<Transfer> transfer) { post({Verb::Resume, std::move(transfer)}); }
void TransferThread::cancel(std::shared_ptr<Transfer> transfer) { post({Verb::Cancel, std::move(transfer)}); }

void TransferThread::post(Command command)
{
    const std::scoped_lock lock(m_mutex);
    if (m_isStopping)
        return;
    if (m_isRunning) {
        m_commands.push_back(std::move(command));
        if (m_wakeable)
            curl_multi_wakeup(m_wakeable);
        return;
    }
    if (command.verb != Verb::Start)
        return; // its thread is gone, so nothing is left of it
    if (m_thread.joinable())
        m_thread.join(); // it has retired and touches nothing any more
    try {
        m_commands.push_back(command);
        m_isRunning = true;
        m_thread = std::thread([this] {
            blockSignalsInThisThread();
            run();
        });
    } catch (const std::system_error &) {
        m_isRunning = false;
        m_commands.clear();
        command.transfer->finishWith({ErrorCode::Unavailable, u"the system has no thread left for requests"_s});
    }
}

std::vector<TransferThread::Command> TransferThread::takeCommands()
{
    const std::scoped_lock lock(m_mutex);
    return std::exchange(m_commands, {});
}

bool TransferThread::retire()
{
    const std::scoped_lock lock(m_mutex);
    if (!m_commands.empty())
        return false;
    // From here on the thread takes no lock: whoever starts the next one waits for this one with the lock held.
    m_isRunning = false;
    m_wakeable = nullptr;
    return true;
}

bool TransferThread::isToStop()
{
    const std::scoped_lock lock(m_mutex);
    if (m_isStopping)
        m_wakeable = nullptr;
    return m_isStopping;
}

void TransferThread::run()
{
    initializeCurl();
    m_multi = curl_multi_init();
    curl_multi_setopt(m_multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMaxConnections);
    curl_multi_setopt(m_multi, CURLMOPT_MAXCONNECTS, kMaxKept);
    {
        const std::scoped_lock lock(m_mutex);
        m_wakeable = m_multi;
    }
    auto lastUse = std::chrono::steady_clock::now();
    while (!isToStop()) {
        for (const Command &command : takeCommands())
            obey(command);
        int active = 0;
        curl_multi_perform(m_multi, &active);
        reap();
        const auto now = std::chrono::steady_clock::now();
        if (!m_running.empty())
            lastUse = now;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(lastUse + kIdleLimit - now);
        if (left <= 0s && retire())
            break;
        curl_multi_poll(m_multi, nullptr, 0, int(std::max(left, 1ms).count()), nullptr);
    }
    while (!m_running.empty())
        drop(m_running.begin()->first);
    curl_multi_cleanup(std::exchange(m_multi, nullptr));
}

void TransferThread::obey(const Command &command)
{
    Transfer &transfer = *command.transfer;
    switch (command.verb) {
    case Verb::Start: {
        CURL *handle = transfer.prepare();
        if (!handle || curl_multi_add_handle(m_multi, handle) != CURLM_OK) {
            transfer.finishWith({ErrorCode::Unavailable, u"there is no room for another request"_s});
            return;
        }
        m_running.emplace(&transfer, Running{handle, command.transfer});
        return;
    }
    case Verb::Resume:
        if (m_running.contains(&transfer))
            transfer.resume();
        return;
    case Verb::Cancel:
        drop(&transfer);
        return;
    }
}

void TransferThread::reap()
{
    int left = 0;
    while (const CURLMsg *message = curl_multi_info_read(m_multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *owner = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
        auto *transfer = reinterpret_cast<Transfer *>(owner);
        const CURLcode code = message->data.result;
        const auto found = m_running.find(transfer);
        if (found == m_running.end())
            continue;
        const auto kept = found->second.transfer;
        drop(transfer);
        kept->finish(code);
    }
}

void TransferThread::drop(Transfer *transfer)
{
    const auto found = m_running.find(transfer);
    if (found == m_running.end())
        return;
    const Running running = found->second;
    m_running.erase(found);
    curl_multi_remove_handle(m_multi, running.handle);
    running.transfer->release();
}

} // namespace agent
