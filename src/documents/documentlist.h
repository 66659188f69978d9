#pragma once

#include "core/task.h"
#include "net/request.h"
#include "net/response.h"

#include <memory>

namespace agent {

class Database;
class VaultKey;

/// The list of documents with their bodies (contract 06 section 8), which is as long as people keep documents: at most
/// kBatchBytes of it, or one document, are in memory at a time. A list that fits is answered at once; of a longer one
/// the documents deleted while it is sent are left out, and added ones are not in it.
namespace documentlist {

constexpr qsizetype kBatchBytes = 8 * 1024 * 1024;
constexpr int kBatchDocuments = 2000; ///< bounds how long one batch keeps the database thread

/// `category` and `parent_folder` of the query filter by the exact word.
[[nodiscard]] Task<Response> answer(Database &database, std::shared_ptr<const VaultKey> key, Request request,
                                    qsizetype batchBytes = kBatchBytes);

} // namespace documentlist

} // namespace agent
