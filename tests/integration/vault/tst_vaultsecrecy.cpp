#include "vaultfixture.h"

#include "net/router.h"
#include "vault/apikeys.h"
#include "vault/profilecredentials.h"
#include "vault/sessioncredentials.h"
#include "vault/vaultroutes.h"

#include <QLoggingCategory>
#include <QMutex>
#include <QTest>

#ifdef Q_OS_LINUX
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <array>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

/// A text kept with all bits inverted, so that the test itself does not put it into memory.
template <std::size_t N>
struct Hidden
{
    std::array<unsigned char, N> inverted{};

    static constexpr std::size_t size = N;
    void writeTo(char *out) const
    {
        const volatile unsigned char *from = inverted.data(); // not to be folded into a constant
        for (std::size_t i = 0; i < N; ++i)
            out[i] = char(~from[i]);
    }
    [[nodiscard]] bool isAt(const char *bytes) const
    {
        for (std::size_t i = 0; i < N; ++i) {
            if ((static_cast<unsigned char>(bytes[i]) ^ inverted[i]) != 0xff)
                return false;
        }
        return true;
    }
};

template <std::size_t N>
consteval Hidden<N - 1> hidden(const char (&text)[N])
{
    Hidden<N - 1> result;
    for (std::size_t i = 0; i < N - 1; ++i)
        result.inverted[i] = static_cast<unsigned char>(~static_cast<unsigned char>(text[i]));
    return result;
}

constexpr int hexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

template <std::size_t N>
consteval Hidden<N / 2> hiddenHex(const char (&text)[N])
{
    Hidden<N / 2> result;
    for (std::size_t i = 0; i < N / 2; ++i) {
        result.inverted[i] = static_cast<unsigned char>(~(hexDigit(text[2 * i]) * 16 + hexDigit(text[2 * i + 1])));
    }
    return result;
}

// The published vector of contract 02 section 2.1.
constexpr auto kPassword = hidden("netstacks-test-master-1");
constexpr auto kKey = hiddenHex("0970e9ed999a95ee61293c28eb4372ddc4bb85f7ec112a247e8951083054a9df");
constexpr auto kDevicePassword = hidden("device-sentinel-4711-x");

/// `{"password":"<text>"}`, made without another copy of the text.
template <std::size_t N>
QByteArray bodyWith(const Hidden<N> &text)
{
    const QByteArrayView head("{\"password\":\"");
    QByteArray body(head.size() + qsizetype(N) + 2, Qt::Uninitialized);
    std::copy(head.begin(), head.end(), body.data());
    text.writeTo(body.data() + head.size());
    body[body.size() - 2] = '"';
    body[body.size() - 1] = '}';
    return body;
}

QtMessageHandler s_previous = nullptr;
QByteArray s_log;
QMutex s_logMutex;

void keepLog(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const QMutexLocker lock(&s_logMutex);
    s_log += context.category;
    s_log += ' ' + text.toUtf8() + '\n';
    Q_UNUSED(type)
}

struct SecrecyFixture : VaultFixture
{
    SecrecyFixture()
    {
        registerVaultRoutes(router, *vault);
        registerApiKeyRoutes(router, keys);
        registerCredentialRoutes(router, profiles, sessions);
        execute(
            u"INSERT INTO credential_profiles (id, name, username, auth_type) VALUES ('p1', 'p', 'u', 'password')"_s);
        execute(u"INSERT INTO sessions (id, name, host, username, auth_type, profile_id) "
                "VALUES ('s1', 's', 'h', '', 'password', 'p1')"_s);
    }
    Response call(Method method, const QByteArray &path, QByteArray body = {}) const
    {
        const RouteMatch match = router.match(method, path);
        Request request;
        request.method = method;
        request.params = match.params;
        request.headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        request.body = std::move(body);
        return QCoro::waitFor(match.route->handler(std::move(request)));
    }

    Router router;
    ApiKeys keys{*database, *vault};
    ProfileCredentials profiles{*database, *vault};
    SessionCredentials sessions{*database, *vault};
};

#ifdef Q_OS_LINUX

/// Looks through all writable memory of this process.
class MemoryScan
{
public:
    MemoryScan()
        : m_buffer(
              static_cast<char *>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
    {
    }
    ~MemoryScan() { munmap(m_buffer, kSize); }
    Q_DISABLE_COPY_MOVE(MemoryScan)

    template <std::size_t N>
    int count(const Hidden<N> &needle)
    {
        int found = 0;
        QFile maps(u"/proc/self/maps"_s);
        QFile memory(u"/proc/self/mem"_s);
        if (!maps.open(QIODevice::ReadOnly) || !memory.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
            return -1;
        for (const QByteArray &line : maps.readAll().split('\n')) {
            const qsizetype dash = line.indexOf('-');
            const qsizetype blank = line.indexOf(' ');
            if (dash < 0 || blank < 0 || line.mid(blank + 1, 2) != "rw")
                continue;
            const quint64 from = line.first(dash).toULongLong(nullptr, 16);
            const quint64 to = line.mid(dash + 1, blank - dash - 1).toULongLong(nullptr, 16);
            for (quint64 at = from; at < to; at += kSize - N) {
                const auto size = std::size_t(std::min<quint64>(kSize, to - at));
                const ssize_t got = pread(memory.handle(), m_buffer, size, off_t(at));
                for (ssize_t i = 0; i + ssize_t(N) <= got; ++i) {
                    const quint64 address = at + quint64(i);
                    if (!isOurs(address) && needle.isAt(m_buffer + i))
                        ++found;
                }
            }
        }
        wipe(m_buffer, kSize);
        return found;
    }

private:
    static constexpr std::size_t kSize = 1 << 20;
    [[nodiscard]] bool isOurs(quint64 address) const
    {
        const auto start = reinterpret_cast<quintptr>(m_buffer);
        return address >= start && address < start + kSize;
    }

    char *m_buffer;
};

#endif

} // namespace

class VaultSecrecyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void secretsReachNeitherLogNorFileNorErrors()
    {
        s_log.clear();
        QLoggingCategory::setFilterRules(u"*.debug=true\nqt.*.debug=false"_s);
        s_previous = qInstallMessageHandler(keepLog);
        const QByteArrayList sentinels{"master-sentinel-one", "master-sentinel-two", "device-sentinel",
                                       "phrase-sentinel",     "community-sentinel",  "apikey-sentinel",
                                       "note-sentinel",       "wrong-sentinel-pw"};
        QByteArray answers;
        QByteArray onDisk;
        {
            SecrecyFixture f;
            const auto call = [&](Method method, const QByteArray &path, const QByteArray &body = {}) {
                const Response response = f.call(method, path, QByteArray(body.constData(), body.size()));
                answers += response.body;
                return response.status;
            };
            QCOMPARE(call(Method::Post, "/api/vault/password", "{\"password\":\"master-sentinel-one\"}"), 204);
            QCOMPARE(call(Method::Put, "/api/profiles/p1/credential",
                          "{\"password\":\"device-sentinel\",\"key_passphrase\":\"phrase-sentinel\","
                          "\"snmp_communities\":[\"community-sentinel\"]}"),
                     204);
            QCOMPARE(call(Method::Post, "/api/credentials/s1", "{\"password\":\"device-sentinel\"}"), 204);
            QCOMPARE(call(Method::Put, "/api/vault/api-keys/ai.openai", "{\"api_key\":\"apikey-sentinel\"}"), 204);
            QCOMPARE(call(Method::Put, "/api/vault/api-keys/ai.openai", "{\"api_key\":\"apikey-sentinel"), 400);
            QCOMPARE(call(Method::Put, "/api/profiles/p1/credential", "{\"password\":[\"device-sentinel\"]}"), 422);
            QCOMPARE(call(Method::Put, "/api/profiles/x/credential", "{\"password\":\"device-sentinel\"}"), 404);
            QCOMPARE(call(Method::Post, "/api/vault/unlock", "{\"password\":\"wrong-sentinel-pw\"}"), 401);
            QCOMPARE(call(Method::Put, "/api/vault/password",
                          "{\"old_password\":\"master-sentinel-one\",\"new_password\":\"master-sentinel-two\"}"),
                     204);
            QCOMPARE(call(Method::Get, "/api/profiles/p1/credential"), 200);
            f.execute(u"INSERT INTO documents (id, name, category, content_type, content, encrypted_content) "
                      "VALUES ('n', 'n', 'notes', 'text', '', ?)"_s,
                      {f.seal("note-sentinel")});
            onDisk += f.bytesOnDisk();
            QCOMPARE(call(Method::Post, "/api/vault/lock"), 204);
            QCOMPARE(call(Method::Post, "/api/vault/unlock", "{\"password\":\"master-sentinel-two\"}"), 204);
            QCOMPARE(call(Method::Post, "/api/vault/wipe", "{\"confirm_password\":\"master-sentinel-two\"}"), 204);
            onDisk += f.bytesOnDisk();
        }
        qInstallMessageHandler(s_previous);
        QLoggingCategory::setFilterRules({});
        QVERIFY(s_log.contains("master password changed"));
        for (const QByteArray &sentinel : sentinels) {
            QVERIFY2(!s_log.contains(sentinel), sentinel.constData());
            QVERIFY2(!onDisk.contains(sentinel), sentinel.constData());
            QVERIFY2(!answers.contains(sentinel), sentinel.constData());
        }
    }

    void afterALockNeitherPasswordNorKeyIsInMemory()
    {
#if !defined(Q_OS_LINUX)
        QSKIP("needs /proc/self/mem");
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("the sanitizer keeps freed memory and terabytes of shadow");
#else
        SecrecyFixture f;
        f.execute(u"INSERT INTO vault_config (id, verification_data) VALUES (1, ?)"_s,
                  {QByteArray::fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                                       "a0a1a2a3a4a5a6a7a8a9aaab2473040fb68b4d78fd67cc2b66d57417560f33691a6efd5ed7e511"
                                       "b1c735f11d")});
        QCOMPARE(f.call(Method::Post, "/api/vault/unlock", bodyWith(kPassword)).status, 204);
        QCOMPARE(f.call(Method::Put, "/api/profiles/p1/credential", bodyWith(kDevicePassword)).status, 204);
        QCOMPARE(f.call(Method::Get, "/api/profiles/p1/credential").status, 200);

        MemoryScan scan;
        QVERIFY(scan.count(kKey) > 0); // the scan finds what is there
        QCOMPARE(scan.count(kPassword), 0);
        {
            const auto credential = QCoro::waitFor(f.profiles.credential(u"p1"_s));
            QVERIFY(credential.ok());
            QVERIFY(scan.count(kDevicePassword) > 0);
        }
        QCOMPARE(scan.count(kDevicePassword), 0);

        QCOMPARE(f.call(Method::Post, "/api/vault/lock").status, 204);
        QCOMPARE(scan.count(kKey), 0);
        QCOMPARE(scan.count(kPassword), 0);
        QCOMPARE(scan.count(kDevicePassword), 0);
#endif
    }
};

QTEST_GUILESS_MAIN(VaultSecrecyTest)
#include "tst_vaultsecrecy.moc"
