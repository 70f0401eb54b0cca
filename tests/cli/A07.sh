# Devices: not one byte is read.
for device in /dev/zero /dev/full /dev/null; do
	run timeout 2 "$mtui" $device
	refused 6 'not a regular file (character device)'
done
