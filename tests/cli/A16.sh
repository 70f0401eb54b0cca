# Two formats in one file: the leading one counts.
{
	printf 'GGUF\003\000\000\000\000\000\000\000\000\000\000\000'
	printf 'PK\003\004\024\000\000\000PK\005\006'
	head -c 18 /dev/zero
} >both.zip
run "$mtui" both.zip
refused 4 GGUF
