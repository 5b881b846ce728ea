#!/usr/bin/env bash
# Runs a command with a D-Bus session and a keyring of its own, empty and unlocked, which end with it. Works as root and
# without a display. Debian: apt-get install --no-install-recommends gnome-keyring dbus-x11 libsecret-tools
# KEYRING=locked   the keyring is there, with one entry (service mlc, username planted), and locked
# KEYRING=absent   the service runs, and no keyring was ever made
# KEYRING=none     a bus on which nothing provides the Secret Service
# KEYRING=denied   the keyring is there, and the policy of the bus lets nobody talk to it
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_RUNTIME_DIR="$folder/run" XDG_DATA_HOME="$folder/data"
mkdir -p -m 700 "$XDG_RUNTIME_DIR" "$XDG_DATA_HOME"
unset DISPLAY WAYLAND_DISPLAY GNOME_KEYRING_CONTROL

unlock='printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1'
case "${KEYRING:-unlocked}" in
  unlocked)
    dbus-run-session -- bash -c "$unlock"'; exec "$@"' _ "$@"
    ;;
  locked)
    dbus-run-session -- bash -c "$unlock"'; printf hidden | secret-tool store --label=mlc service mlc username planted' 2>/dev/null
    dbus-run-session -- "$@"
    ;;
  absent)
    dbus-run-session -- "$@"
    ;;
  none | denied)
    if [ "$KEYRING" = denied ]; then
      services='<standard_session_servicedirs/>' denial='<deny send_destination="org.freedesktop.secrets"/>'
    fi
    cat >"$folder/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  ${services:-}
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    ${denial:-}
  </policy>
</busconfig>
CONF
    dbus-run-session --config-file="$folder/bus.conf" -- "$@"
    ;;
esac
