# make install and uninstall, and a program that uses the installed core.
need make
there=$PWD/there
make -s -C "$TOP" install DESTDIR="$there" PREFIX=/usr >log 2>&1 || fail "$(cat log)"
for file in bin/mtui share/man/man1/mtui.1 share/mtui/themes/light.json include/mtui/model.h \
	lib/libmtui.a lib/pkgconfig/mtui.pc; do
	[ -s "there/usr/$file" ] || fail "not installed: $file"
done
if [ -x "${MTUI_PLAIN%/*}/mtui-engine" ]; then
	run there/usr/bin/mtui --op=Conv
	good
	has 'Conv of ai.onnx'
	[ -x there/usr/libexec/mtui/mtui-engine ] || fail 'not installed: mtui-engine'
fi
run there/usr/bin/mtui --theme=light --export=ansi "$DEMO"
good
cat >program.c <<'C'
#include <stdio.h>
#include <mtui/reader.h>
#include <mtui/statistics.h>

int main(int argc, char **argv)
{
	struct error err;
	struct model *model = argc > 1 ? model_open(argv[1], &err) : NULL;
	static struct statistics statistics;

	if (!model || !file_guard_install(&err) ||
	    !statistics_compute(model, &model->tensors[0], NULL, &statistics, &err))
		return 1;
	printf("%llu\n", (unsigned long long)statistics.count);
	model_unref(model);
	return 0;
}
C
flags='-I there/usr/include -L there/usr/lib -lmtui -lcjson -lz -lm -pthread'
if command -v pkg-config >/dev/null; then
	flags=$(PKG_CONFIG_PATH=there/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR="$there" \
		pkg-config --cflags --libs mtui)
fi
${CC:-cc} -std=c11 -Wall -Werror -o program program.c $flags
run ./program "$DEMO"
good
[ "$(cat out)" = 144 ] || fail "$(cat out)"
make -s -C "$TOP" uninstall DESTDIR="$there" PREFIX=/usr
[ -z "$(find there -type f)" ] || fail "left: $(find there -type f)"
[ ! -e there/usr/share/mtui ] || fail 'left: share/mtui'
