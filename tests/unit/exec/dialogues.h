#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace agent::test {

/// What a device sends between two of our answers. Nothing is sent to it while it speaks.
struct Turn
{
    enum class Ends { Prompt, Pager, Question };
    QByteArray bytes;
    Ends ends = Ends::Prompt;
};

/// A session as devices of that kind speak: the first turn ends in the first prompt, the rest is the answer to one
/// command, page by page.
struct Dialogue
{
    const char *name;
    QByteArray login;
    QList<Turn> answer;
    QString text; ///< what a person would read of the answer, without the prompt
};

inline QList<Dialogue> dialogues()
{
    using enum Turn::Ends;
    const QByteArray back9 = QByteArray(9, '\b'), blank9 = QByteArray(9, ' ');
    const QByteArray back10 = QByteArray(10, '\b'), blank10 = QByteArray(10, ' ');
    return {
        {"Cisco IOS",
         "\r\n*** Authorised users only. Contact: noc@example.net:\r\n\r\nedge-1>",
         {{"show run\r\nBuilding configuration...\r\n\r\n!\r\ninterface Gi0/1\r\n --More-- ", Pager},
          {back10 + blank10 + back10 + " ip address 192.0.2.1 255.255.255.0\r\n no shutdown\r\n --More-- ", Pager},
          {back10 + blank10 + back10 + "\r\nend\r\n\r\nedge-1>"}},
         QStringLiteral("show run\nBuilding configuration...\n\n!\ninterface Gi0/1\n"
                        " ip address 192.0.2.1 255.255.255.0\n no shutdown\n\nend\n\n")},
        {"Cisco NX-OS",
         "Cisco Nexus Operating System (NX-OS) Software\r\n\rn9k# ",
         {{"show interface brief\r\r\n\r\nEthernet1/1   --    eth  access up    none\r\n\x1b[7m--More--\x1b[m", Pager},
          {"\r\x1b[K\r\nEthernet1/2   --    eth  access down  none\r\n\x1b[7m--More--\x1b[m", Pager},
          {"\r\x1b[KEthernet1/3 100%\r\n\rn9k# "}},
         QStringLiteral("show interface brief\n\nEthernet1/1   --    eth  access up    none\n\n"
                        "Ethernet1/2   --    eth  access down  none\nEthernet1/3 100%\n")},
        {"Juniper Junos",
         "--- JUNOS 21.4R3.15 Kernel 64-bit  JNPR-12.1\r\n{master:0}\r\nadmin@mx-1> ",
         {{"show interfaces terse \r\nInterface               Admin Link Proto\r\n---(more)---", Pager},
          {"\r                                        \rge-0/0/0               up    up\r\n---(more 62%)---", Pager},
          {"\r                                        \r  spaced\r\n\r\n{master:0}\r\nadmin@mx-1> "}},
         QStringLiteral(
             "show interfaces terse \nInterface               Admin Link Proto\nge-0/0/0               up    up\n"
             "  spaced\n\n{master:0}\n")},
        {"Fortinet FortiOS",
         "FGT60F # ",
         {{"get system status\r\nVersion: FortiGate-60F v7.2.8\r\n--More-- ", Pager},
          {"\r         \rSerial-Number: FGT60F0000000000\r\n\r\nFGT60F # "}},
         QStringLiteral("get system status\nVersion: FortiGate-60F v7.2.8\nSerial-Number: FGT60F0000000000\n\n")},
        {"Cisco ASA",
         "Type help or '?' for a list of available commands.\r\n\rciscoasa> ",
         {{"show version\r\n\r\nCisco Adaptive Security Appliance\r\n<--- More --->", Pager},
          {"\r              \rCompiled on Fri\r\n\rciscoasa> "}},
         QStringLiteral("show version\n\nCisco Adaptive Security Appliance\nCompiled on Fri\n")},
        {"a pager that wipes with backspaces and wrote no blank around its marker",
         "switch#",
         {{"show a\r\none\r\n--More--", Pager}, {"\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\btwo\r\nswitch#"}},
         QStringLiteral("show a\none\ntwo\n")},
        {"a pager that does not wipe",
         "switch#",
         {{"show a\r\none\r\n-- MORE --, next page: Space, next line: Enter, quit: Control-C", Pager},
          {"\r\n two\r\n-- MORE --, next page: Space, next line: Enter, quit: Control-C", Pager},
          {"three\r\nswitch#"}},
         QStringLiteral("show a\none\n two\nthree\n")},
        {"Linux",
         "\x1b[?2004h\x1b]0;alice@host: ~\x07\x1b[01;32malice@host\x1b[00m:\x1b[01;34m~\x1b[00m$ ",
         {{"ls --color\r\n\x1b[?2004l\r\x1b[0m\x1b[01;34mdir\x1b[0m  f\xc3\xa4hre.txt\r\n10%\r 99%\r100%\r\n"
           "\x1b[?2004h\x1b]0;alice@host: ~\x07\x1b[01;32malice@host\x1b[00m:\x1b[01;34m~\x1b[00m$ "}},
         QStringLiteral("ls --color\ndir  f\u00e4hre.txt\n100%\n")},
        {"IOS XR",
         "RP/0/RP0/CPU0:xr-1#",
         {{"show clock\r\nFri Aug  1 10:00:00.000 UTC\r\n10:00:00.000 UTC Fri Aug 1 2026\r\nRP/0/RP0/CPU0:xr-1#"}},
         QStringLiteral("show clock\nFri Aug  1 10:00:00.000 UTC\n10:00:00.000 UTC Fri Aug 1 2026\n")},
    };
}

} // namespace agent::test
