# Loaded before every script. run keeps what a command does in out, err and $status; the others
# check it. Nothing here prints when all is well.

status=0

fail() {
	echo "$*" >&2
	[ ! -s err ] || { echo 'standard error was:' >&2; head -c 2000 err >&2; }
	exit 1
}

skip() {
	echo "$*" >&2
	exit 77
}

# Runs a command; never ends the script.
run() {
	status=0
	"$@" >out 2>err </dev/null || status=$?
	case $status in
	70) fail "internal error: $*" ;;
	99) fail "a sanitizer spoke: $*" ;;
	esac
}

# gives STATUS [TEXT] [TEXT]: the status, and what standard error must contain
gives() {
	[ "$status" = "$1" ] || fail "status $status, expected $1"
	shift
	for text; do
		grep -qF -- "$text" err || fail "message lacks: $text"
	done
}

# One line of the message form, nothing on standard output.
refused() {
	gives "$@"
	[ ! -s out ] || fail 'something was printed'
	[ "$(wc -l <err)" = 1 ] || fail 'not one line'
	grep -q '^mtui: ' err || fail 'not the form of a message'
	[ "$(wc -m <err)" -le 401 ] || fail 'more than 400 columns'
	if LC_ALL=C grep -q '[[:cntrl:]]' err; then fail 'control characters in the message'; fi
}

good() {
	gives 0
	[ ! -s err ] || fail 'something on standard error'
}

has() {
	grep -qF -- "$1" "${2:-out}" || fail "${2:-out} lacks: $1"
}

lacks() {
	if grep -qF -- "$1" "${2:-out}"; then fail "${2:-out} has: $1"; fi
}

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# as_user COMMAND...: without root's rights, where permissions must count. Sets mtui to a program
# that this user can run.
as_user() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
}

mtui=$MTUI

# A terminal of 110 columns and 30 rows: screen COMMAND..., keys KEY..., shows TEXT, screen_end
screen() {
	need tmux
	tries=0
	# The server of the screen before may still be ending.
	until tmux -L "mtui-$$" -f /dev/null new-session -d -x 110 -y 30 "$@" 2>tmux.err; do
		tries=$((tries + 1))
		[ $tries -lt 10 ] || skip "tmux does not start: $(cat tmux.err)"
		sleep 0.2
	done
	trap screen_end EXIT
}

screen_end() {
	tmux -L "mtui-$$" kill-server 2>/dev/null || true
}

keys() {
	tmux -L "mtui-$$" send-keys "$@"
}

# Waits up to ten seconds for the text; a move now and then makes the program look at the disk.
shows() {
	tries=0
	while [ $tries -lt 50 ]; do
		tmux -L "mtui-$$" capture-pane -p >screen 2>/dev/null || true
		if grep -qF -- "$1" screen; then return 0; fi
		[ $((tries % 5)) != 4 ] || keys Down 2>/dev/null || true
		sleep 0.2
		tries=$((tries + 1))
	done
	cat screen >&2
	fail "the screen lacks: $1"
}
