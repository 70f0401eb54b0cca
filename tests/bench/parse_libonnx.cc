// Seconds that libonnx's C++ classes take to parse a model from memory, in a fresh process as a
// tool that opens one model would: no heap warmed by an earlier parse.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <onnx/onnx_pb.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	std::ifstream in(argv[1], std::ios::binary);
	std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
	auto start = std::chrono::steady_clock::now();
	onnx::ModelProto model;
	if (!model.ParseFromString(bytes))
		return 1;
	std::printf("%.9f\n",
		    std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}
