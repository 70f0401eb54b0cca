#!/bin/sh
# Installs the Debian or Ubuntu packages that are missing: tests/setup.sh build | test
# Says what it installs, uses sudo only when it must, does nothing when nothing is missing.
set -eu

# liblapack3 is no part of the build: it is opened when singular values are wanted
build='gcc libc6-dev make libncurses-dev libcjson-dev zlib1g-dev liblapack3'
# For the program around libonnx; mtui works without it.
engine='g++ libonnx-dev libprotobuf-dev'
test='libcmocka-dev libvterm-dev python3 python3-numpy python3-onnx libonnx-testdata tmux strace
	mandoc'

case ${1:-} in
build) wanted="$build $engine" ;;
test) wanted="$build $engine $test" ;;
*)
	echo 'usage: tests/setup.sh build | test' >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "No apt-get here; these packages are needed:" $wanted >&2
	exit 0
fi

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) || state=
	case $state in
	ii*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
install="$sudo apt-get install -y -q --no-install-recommends"
# Package lists may be missing or old: fetch them only if it does not work without. A distribution
# may lack a package that one test needs; the others are still installed.
$install $missing >/dev/null 2>&1 && exit 0
$sudo apt-get update -q
$install $missing && exit 0
status=0
for package in $missing; do
	$install "$package" && continue
	case " $engine " in
	*" $package "*) echo "Without $package there is nothing from libonnx." ;;
	*) status=1 ;;
	esac
done
exit $status
