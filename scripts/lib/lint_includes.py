"""Whether a file includes the standard library's and Abseil's headers whose names it uses.

A precompiled header holds most of them, so a file that forgets one compiles all the same, until somebody builds
without. It is enough that a header of the project which the file includes has it.
"""

import re

# A header, and what it is included for. A name that several headers declare stands where it is best taken from.
NAMES = {
    "algorithm": "std::(sort|stable_sort|max|min|clamp|find|find_if|any_of|all_of|none_of|count_if|count|copy|"
                 "copy_n|fill|equal|remove_if|replace|reverse|rotate|shuffle|transform|lower_bound|"
                 "upper_bound|unique|max_element|min_element|binary_search|nth_element|generate|for_each|"
                 "mismatch|lexicographical_compare|is_sorted|set_difference|partition)|std::ranges::(?!views)",
    "array": "std::(array|to_array)",
    "atomic": "std::(atomic\\w*|memory_order\\w*)",
    "barrier": "std::barrier",
    "bit": "std::(bit_cast|bit_ceil|bit_floor|bit_width|byteswap|countl_zero|countr_zero|countr_one|endian|"
           "has_single_bit|popcount|rotl|rotr)",
    "charconv": "std::(from_chars|to_chars)",
    "chrono": "std::chrono",
    "compare": "std::(strong_ordering|weak_ordering|partial_ordering)",
    "condition_variable": "std::condition_variable",
    "deque": "std::deque",
    "exception": "std::(exception|exception_ptr|current_exception|rethrow_exception|terminate)",
    "filesystem": "std::filesystem",
    "fstream": "std::(ifstream|ofstream|fstream)",
    "functional": "std::(function|bind|hash|greater|less|ref|cref|reference_wrapper|invoke)",
    "future": "std::(future|promise|async)",
    "initializer_list": "std::initializer_list",
    "latch": "std::latch",
    "limits": "std::numeric_limits",
    "list": "std::list",
    "map": "std::(map|multimap)",
    "memory": "std::(unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared|allocator)",
    "mutex": "std::(mutex|lock_guard|unique_lock|scoped_lock|call_once|once_flag|recursive_mutex)",
    "new": "std::(bad_alloc|nothrow|launder|align_val_t|hardware_destructive_interference_size)",
    "numeric": "std::(accumulate|iota|reduce|gcd|lcm|midpoint)",
    "optional": "std::(optional|nullopt)",
    "queue": "std::(queue|priority_queue)",
    "random": "std::(mt19937|mt19937_64|random_device|uniform_int_distribution|uniform_real_distribution|"
              "bernoulli_distribution)",
    "set": "std::(set|multiset)",
    "shared_mutex": "std::(shared_mutex|shared_lock)",
    "span": "std::(span|as_bytes)",
    "sstream": "std::(ostringstream|istringstream|stringstream)",
    "stdexcept": "std::(runtime_error|logic_error|invalid_argument|out_of_range|length_error)",
    "string": "std::(string|to_string|stoi|stoul|stoull|getline)",
    "string_view": "std::string_view",
    "system_error": "std::(errc|error_code|system_error|generic_category|system_category)",
    "thread": "std::(thread|jthread|this_thread|stop_token)",
    "tuple": "std::(tuple|tie|make_tuple|apply)",
    "type_traits": "std::(is_\\w+_v|conditional_t|enable_if_t|remove_cvref_t|remove_const_t|remove_reference_t|decay_t|"
                   "underlying_type_t|has_unique_object_representations_v|integral_constant|true_type|false_type|"
                   "is_constant_evaluated|invoke_result_t)",
    "typeinfo": "typeid",
    "unordered_map": "std::unordered_map",
    "unordered_set": "std::unordered_set",
    "utility": "std::(move|forward|exchange|pair|make_pair|swap|declval|as_const|unreachable|index_sequence|"
               "make_index_sequence|in_range|cmp_\\w+)",
    "variant": "std::(variant|visit|holds_alternative|get_if|monostate)",
    "vector": "std::vector",
    "cstdint": "u?int(8|16|32|64)_t|uintptr_t|intptr_t",
    "cstring": "std::(memcpy|memset|memcmp|memmove|strlen|strcmp|strerror)",
    "cstdlib": "std::(getenv|abort|exit|malloc|free|quick_exit|_Exit|strtoul)",
    "cstdio": "std::(printf|fprintf|snprintf|fputs|fflush|FILE|perror|remove|rename)",
    "cmath": "std::(sqrt|pow|log|log2|exp|ceil|floor|round|lround|isnan)",
    "absl/container/btree_map.h": "absl::btree_(multi)?map",
    "absl/container/btree_set.h": "absl::btree_(multi)?set",
    "absl/container/flat_hash_map.h": "absl::flat_hash_map",
    "absl/container/flat_hash_set.h": "absl::flat_hash_set",
    "absl/container/inlined_vector.h": "absl::InlinedVector",
    "absl/cleanup/cleanup.h": "absl::(Cleanup|MakeCleanup)",
    "absl/status/status.h": "absl::(Status|OkStatus|\\w+Error)",
    "absl/status/statusor.h": "absl::StatusOr",
    "absl/strings/str_cat.h": "absl::(StrCat|StrAppend|Hex|Dec)",
    "absl/strings/str_join.h": "absl::StrJoin",
    "absl/strings/str_split.h": "absl::StrSplit",
    "gmock/gmock.h": "(testing::)?(ElementsAre|UnorderedElementsAre|HasSubstr|IsEmpty|EXPECT_THAT|ASSERT_THAT|"
                     "MOCK_METHOD)",
    "gtest/gtest.h": "TEST(_F|_P)?\\(|EXPECT_(EQ|TRUE|FALSE)|testing::Test",
    "rte_byteorder.h": "rte_(be_to_cpu|cpu_to_be)_\\w+",
    "rte_cycles.h": "rte_(rdtsc|get_tsc|delay_us)\\w*",
    "rte_eal.h": "rte_eal_(init|cleanup)",
    "rte_errno.h": "rte_(errno|strerror)",
    "rte_ethdev.h": "rte_eth_\\w+",
    "rte_ether.h": "rte_ether_\\w+",
    "rte_lcore.h": "rte_(lcore|socket_id)\\w*",
    "rte_mbuf.h": "rte_(mbuf|pktmbuf)\\w*",
    "rte_mempool.h": "rte_mempool\\w*",
    "rte_prefetch.h": "rte_prefetch\\w*",
    "rte_ring.h": "rte_ring(_\\w+)?",
    "nlohmann/json.hpp": "nlohmann::json\\b",
    "spdlog/spdlog.h": "spdlog::(info|warn|error|critical|debug|set_level|default_logger\\w*|get)",
}

# What comes with another header by the standard's word, or by the library's.
ALSO = {
    "string_view": {"string"},
    "compare": {"array", "map", "memory", "optional", "set", "string", "string_view", "utility", "vector"},
    "initializer_list": {"vector", "string", "map", "set", "utility", "array", "algorithm", "deque", "optional"},
    "utility": {"map", "tuple"},
    "cstdint": {"stdint.h"},
    "cstring": {"string.h"},
    "cstdlib": {"stdlib.h"},
    "cstdio": {"stdio.h"},
    "rte_byteorder.h": {"rte_ether.h", "rte_ip.h"},
    "rte_ether.h": {"rte_ethdev.h"},
    "rte_mempool.h": {"rte_mbuf.h"},
    "rte_mbuf.h": {"rte_mempool.h"},
    "absl/status/status.h": {"absl/status/statusor.h"},
    "gtest/gtest.h": {"gmock/gmock.h", "gtest/gtest-printers.h"},
    "functional": {"string", "string_view", "vector", "memory", "optional"},  # of std::hash
}

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
INCLUDE = re.compile(r"^#\s*include\s+(?:<([^>]+)>|\"([^\"]+)\")", re.MULTILINE)
PATTERNS = {header: re.compile(rf"(?<![\w:])(?:{names})(?!\w)") for header, names in NAMES.items()}


def reached(root, names):
    """{file: what it includes}, by the project's headers as well. The project's own are named from `root`."""
    texts = {name: (root / name).read_text() for name in names}
    direct, seen = {}, {}
    for name, text in texts.items():
        beside = (root / name).parent
        direct[name] = set()
        for system, own in INCLUDE.findall(text):
            path = (beside / own).resolve()
            near = str(path.relative_to(root)) if own and path.is_relative_to(root) else ""
            direct[name].add(near if own not in texts and near in texts else system or own)

    def follow(name):
        if name not in seen:
            seen[name] = set()
            seen[name] = direct[name].union(*(follow(included) for included in direct[name] if included in texts))
        return seen[name]

    return {name: follow(name) for name in names}


def findings(root, names):
    """For each of the files, named from `root`: the headers that are missing."""
    for name, included in reached(root, names).items():
        code = COMMENT.sub(" ", INCLUDE.sub(" ", (root / name).read_text()))
        for header, pattern in PATTERNS.items():
            used = pattern.search(code)
            if used and re.search(rf"\bstruct {re.escape(used[0])};", code):
                continue  # it declares the type itself, and needs no more
            if used and not ({header} | ALSO.get(header, set())) & included:
                yield f"{name}: includes no <{header}>, of which it uses {used[0]}"
