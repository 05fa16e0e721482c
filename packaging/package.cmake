# Install rules and the Debian package: cpack --config build/release/CPackConfig.cmake
include(GNUInstallDirs)

install(TARGETS pue-agent pue-plant RUNTIME DESTINATION bin)
install(PROGRAMS tests/verifier/pue_ledger_verify.py DESTINATION bin RENAME pue-ledger-verify)
install(FILES packaging/systemd/pue-agent.service DESTINATION /lib/systemd/system)
install(FILES config/examples/pue-agent.toml DESTINATION /etc/pue-agent)
install(DIRECTORY DESTINATION /etc/pue-agent/credentials
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(DIRECTORY DESTINATION /etc/pue-agent/profiles)
install(DIRECTORY config/examples/ DESTINATION share/pue-agent/examples FILES_MATCHING PATTERN "*.toml"
        PATTERN "*.csv")
install(DIRECTORY collectors/profiles/ DESTINATION share/pue-agent/profiles FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY dashboards/ DESTINATION share/pue-agent/dashboards
        FILES_MATCHING PATTERN "*.json" PATTERN "*.yml")
install(FILES packaging/debian/copyright DESTINATION share/doc/pue-agent)
install(FILES packaging/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME pue-agent)

# Debian wants its manual pages and changelog compressed, and reproducibly so: -n leaves out the time.
find_program(GZIP gzip REQUIRED)
foreach(page pue-agent.1 pue-plant.1 pue-ledger-verify.1)
  add_custom_command(
    OUTPUT ${CMAKE_BINARY_DIR}/${page}.gz
    COMMAND ${GZIP} -9nc ${CMAKE_SOURCE_DIR}/packaging/man/${page} > ${CMAKE_BINARY_DIR}/${page}.gz
    DEPENDS ${CMAKE_SOURCE_DIR}/packaging/man/${page})
  list(APPEND compressed ${CMAKE_BINARY_DIR}/${page}.gz)
endforeach()
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/changelog.gz
  COMMAND ${GZIP} -9nc ${CMAKE_SOURCE_DIR}/packaging/debian/changelog > ${CMAKE_BINARY_DIR}/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/packaging/debian/changelog)
add_custom_target(package_documents DEPENDS ${compressed} ${CMAKE_BINARY_DIR}/changelog.gz)
add_dependencies(pue-agent package_documents) # so that what the package needs is there when its programs are
install(FILES ${compressed} DESTINATION share/man/man1)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION share/doc/pue-agent)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pue-agent)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "pue-agent maintainers <maintainers@pue-agent.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "data centre energy agent: PUE from meters, for Prometheus")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The second verifier is a Python program; the agent does without.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3, openssl, sqlite3")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tzdata") # days, months and years of the facility's zone
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Polls power and cooling hardware over Modbus TCP and RTU, computes power
usage effectiveness with a declared boundary and coverage, and offers it to
Prometheus. Reads only: no request that changes a device can be built.
.
Comes with a library of device profiles, Grafana dashboards, Prometheus
rules, and a simulated facility to try all of it without hardware.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles
  ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
  ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
