#!/bin/sh
# Makes the keys and permissions of SROS2 for every enclave of the policy, or adds those that are missing.
#   tools/keystore.sh KEYSTORE [NAMESPACE]     NAMESPACE: that of the launch, `left` for example
set -eu
[ $# -ge 1 ] || { sed -n 's/^# *//p' "$0" | tail -n 2 >&2; exit 2; }
keystore=$1 namespace=${2:-}
folder="$(cd "$(dirname "$0")/.." && pwd)/robot_configs/sros2"
if ! ros2 security --help > /dev/null 2>&1; then
    echo "ros2 security isn't there: sudo apt install ros-\$ROS_DISTRO-sros2, and source ROS 2" >&2
    exit 1
fi
policy="$folder"
if [ -n "$namespace" ]; then
    policy=$(mktemp -d)
    trap 'rm -r "$policy"' EXIT
    cp "$folder/common.xml" "$policy"
    sed "s|ns=\"/\"|ns=\"/${namespace#/}\"|" "$folder/policy.xml" > "$policy/policy.xml"
fi
[ -d "$keystore" ] || ros2 security create_keystore "$keystore"
ros2 security generate_artifacts -k "$keystore" -p "$policy/policy.xml"
