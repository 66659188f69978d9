#include "scripts/scriptimports.h"

#include "scripts/pythonlexer.h"
#include "scripts/stdlibmodules.h"

#include <algorithm>
#include <array>
#include <set>

namespace agent {

namespace {

constexpr std::size_t kMaxModules = 256;

struct Renamed
{
    QByteArrayView module;
    QByteArrayView package;
};
constexpr std::array<Renamed, 14> kRenamed{{
    {"yaml", "pyyaml"},
    {"bs4", "beautifulsoup4"},
    {"cv2", "opencv-python"},
    {"sklearn", "scikit-learn"},
    {"PIL", "pillow"},
    {"gi", "PyGObject"},
    {"attr", "attrs"},
    {"dateutil", "python-dateutil"},
    {"dotenv", "python-dotenv"},
    {"serial", "pyserial"},
    {"usb", "pyusb"},
    {"dns", "dnspython"},
    {"jwt", "pyjwt"},
    {"ntc_templates", "ntc-templates"},
}};

/// Finds the statements; `found` gets the first name of each module.
class ImportReader
{
public:
    template <typename Found>
    void take(const PythonToken &token, Found &&found)
    {
        const bool startsStatement = token.startsLine || m_state == State::Start;
        if (token.kind == PythonToken::Kind::LineEnd || token.is(';')) {
            m_state = State::Start;
        } else if (startsStatement && token.isName("import")) {
            m_state = State::Module;
        } else if (startsStatement && token.isName("from")) {
            m_state = State::From;
        } else if (m_state == State::From) {
            if (token.kind == PythonToken::Kind::Name) // a dot: relative
                found(token.text);
            m_state = State::Rest;
        } else if (m_state == State::Module) {
            if (token.kind == PythonToken::Kind::Name)
                found(token.text);
            m_state = State::AfterModule;
        } else if (m_state == State::AfterModule) {
            if (token.is(','))
                m_state = State::Module;
        } else {
            m_state = token.is(':') ? State::Start : State::Rest; // "try: import x"
        }
    }

private:
    enum class State { Start, From, Module, AfterModule, Rest };
    State m_state = State::Start;
};

} // namespace

QByteArrayList thirdPartyModules(QByteArrayView source, const QByteArrayList &beside)
{
    std::set<QByteArray> modules;
    ImportReader reader;
    PythonLexer lexer(source);
    while (const auto token = lexer.next()) {
        reader.take(*token, [&](QByteArrayView module) {
            const QByteArray name = module.toByteArray();
            if (modules.size() < kMaxModules && !isStandardModule(name) && !beside.contains(name))
                modules.insert(name);
        });
    }
    return {modules.begin(), modules.end()};
}

QByteArray packageOf(const QByteArray &module)
{
    const auto renamed = std::ranges::find(kRenamed, QByteArrayView(module), &Renamed::module);
    if (renamed != kRenamed.end())
        return renamed->package.toByteArray();
    const auto isAlphanumeric = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    const bool isPackage = !module.isEmpty() && isAlphanumeric(module.front()) && isAlphanumeric(module.back()) &&
                           std::ranges::all_of(module, [&](char c) { return isAlphanumeric(c) || c == '_'; });
    return isPackage ? module : QByteArray();
}

} // namespace agent
