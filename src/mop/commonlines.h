#pragma once

#include <span>
#include <utility>
#include <vector>

namespace agent {

/// A longest common subsequence of two texts, their lines given as numbers (equal lines, equal numbers, from 0 on):
/// pairs of indices, ascending. Linear in memory; time grows with the product of the lengths over 64 (Hyyrö's
/// bit-parallel scores in Hirschberg's recursion).
[[nodiscard]] std::vector<std::pair<int, int>> commonLines(std::span<const int> a, std::span<const int> b);

} // namespace agent
