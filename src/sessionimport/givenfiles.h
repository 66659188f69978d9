#pragma once

#include "sessionimport/opensshconfig.h"

namespace agent::sessionimport {

/// The files that came with the configuration, by name. Names and patterns without a leading `/` or `~` are relative to
/// `~/.ssh`, as in ssh_config(5); `*` and `?` are wildcards.
class GivenFiles final : public IncludeSource
{
public:
    explicit GivenFiles(QList<SourceFile> files);
    [[nodiscard]] QList<SourceFile> matching(const QString &pattern) const override;

private:
    QList<SourceFile> m_files; ///< by name
};

} // namespace agent::sessionimport
