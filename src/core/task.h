#pragma once

#include "core/result.h"

#include <QCoroTask>

namespace agent {

/// A coroutine's promise of a value. It starts at once and resumes on the thread that awaited.
template <typename T = void>
using Task = QCoro::Task<T>;

} // namespace agent
