# cmake --install build/release [--prefix DIR], and a Debian package: cd build/release && cpack -G DEB
include(GNUInstallDirs)
install(TARGETS netstacks-agent netstacks-console RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_PACKAGE_NAME netstacks-agent)
set(CPACK_PACKAGE_CONTACT "netstacks-agent maintainers <https://netstacks.net>")
set(CPACK_PACKAGE_HOMEPAGE_URL "https://netstacks.net")
set(CPACK_PACKAGE_VENDOR "NetStacks")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded at run time, and Argon2id asked for by name: no library dependency says so.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libqt6sql6-sqlite, libqca-qt6-plugins, libssl3t64 (>= 3.2)")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Local Agent of NetStacks Terminal")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A headless service on 127.0.0.1 that gives NetStacks Terminal its SSH and local
terminals, its credential vault and its database. netstacks-console starts it
without the Terminal.")
include(CPack)
