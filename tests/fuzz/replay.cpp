// Stands in for libFuzzer where it is not there: feeds the target every seed of the corpus folder given, and
// 2,000 mutations of them from a fixed random sequence, so that a run is the same everywhere.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

void mutate(Bytes &bytes, std::mt19937 &random)
{
    const auto below = [&random](std::size_t limit) { return limit ? random() % limit : 0; };
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
        switch (below(4)) {
        case 0: // flip
            if (!bytes.empty())
                bytes[below(bytes.size())] ^= std::uint8_t(1u << below(8));
            break;
        case 1: // insert
            bytes.insert(bytes.begin() + std::ptrdiff_t(below(bytes.size() + 1)), std::uint8_t(below(256)));
            break;
        case 2: // cut the tail
            bytes.resize(below(bytes.size() + 1));
            break;
        case 3: // repeat a part
            if (!bytes.empty()) {
                const std::size_t from = below(bytes.size()), count = below(bytes.size() - from) + 1;
                const Bytes part(bytes.begin() + std::ptrdiff_t(from), bytes.begin() + std::ptrdiff_t(from + count));
                bytes.insert(bytes.begin() + std::ptrdiff_t(below(bytes.size())), part.begin(), part.end());
            }
            break;
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<Bytes> seeds{{}};
    for (int i = 1; i < argc; ++i) {
        for (const auto &entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
    }
    if (seeds.size() < 2) {
        std::fprintf(stderr, "no seeds given\n");
        return 1;
    }
    for (const Bytes &seed : seeds)
        LLVMFuzzerTestOneInput(seed.data(), seed.size());
    std::mt19937 random(20261125);
    for (int round = 0; round < 2000; ++round) {
        Bytes bytes = seeds[random() % seeds.size()];
        mutate(bytes, random);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%zu seeds and 2000 mutations replayed\n", seeds.size());
    return 0;
}
