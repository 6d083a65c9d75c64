#ifndef MGMD_CONTROL_MGM_ROWS_PER_TURN_H_
#define MGMD_CONTROL_MGM_ROWS_PER_TURN_H_

#include <cstddef>

namespace mgmd::mgm {

// Rows that whoever reads state handles at most before other work of control gets its turn: MFEs,
// memberships, interfaces. A longer reading is a row of such turns, and what it shows is consistent
// row by row.
inline constexpr size_t kRowsPerTurn = 256;

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_ROWS_PER_TURN_H_
