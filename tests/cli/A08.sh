# A socket, and files of /proc and /sys that say they are empty.
need python3
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")'
run timeout 2 "$mtui" s
case $status in
3 | 6) ;;
*) fail "status $status" ;;
esac
for name in /proc/self/mem /proc/kmsg /proc/self/status /proc/self/environ; do
	[ -e $name ] || continue
	run timeout 2 "$mtui" $name
	case $status in
	3 | 4 | 5 | 6) ;;
	*) fail "$name: status $status" ;;
	esac
	[ "$(wc -l <err)" = 1 ] || fail 'not one line'
done
