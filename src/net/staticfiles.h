#pragma once

#include "core/task.h"
#include "net/request.h"
#include "net/response.h"

#include <QString>
#include <QThreadPool>

namespace agent {

/// Serves the files of one folder to GET and HEAD (contract 01 section 17): `/` is index.html, no directory
/// listing, no fallback page, nothing outside the folder, not even through a symlink. Files are read on a worker,
/// in slices.
class StaticFiles
{
public:
    /// `folder` empty or missing: everything is 404. `pool` outlives this.
    StaticFiles(QString folder, QThreadPool &pool);

    /// The first `frontend/dist` beside the program that exists, else empty.
    static QString findFolder();

    [[nodiscard]] Task<Response> serve(Request request) const;

private:
    QString m_folder;
    QThreadPool &m_pool;
};

} // namespace agent
