#pragma once

#include "topologies/topologyannotation.h"

namespace agent {

/// The free part of an annotation: an object of the client's own, on which only this is known (contract 05
/// section 5.5).
namespace elementdata {

/// What is stored for a new one: the object without the members that the client takes from the row itself.
/// @return Validation when it is too long
[[nodiscard]] Result<RawObject> fresh(const RawObject &data);

/// `stored` with the members of `patch` in place of its own; null removes one. The position of a line is that of its
/// first point: it moves all of them.
[[nodiscard]] Result<RawObject> patched(const RawObject &stored, const RawObject &patch, AnnotationType type);

} // namespace elementdata

} // namespace agent
