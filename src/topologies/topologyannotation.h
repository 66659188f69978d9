#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

enum class AnnotationType { Text, Shape, Line, Group };

template <>
struct EnumWords<AnnotationType>
{
    static constexpr std::array words{
        std::pair{AnnotationType::Text, "text"}, std::pair{AnnotationType::Shape, "shape"},
        std::pair{AnnotationType::Line, "line"}, std::pair{AnnotationType::Group, "group"}};
};

/// Something drawn on a topology that is no device and no connection (contract 05 sections 5.1 and 5.5).
struct TopologyAnnotation
{
    QString id;
    QString topologyId;
    AnnotationType annotationType = AnnotationType::Text;
    RawObject elementData; ///< the client's own
    qint32 zIndex = 0;     ///< 0 is at the back
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const TopologyAnnotation &, const TopologyAnnotation &) = default;
};

template <>
struct Schema<TopologyAnnotation>
{
    static constexpr const char *name = "TopologyAnnotation";
    static constexpr auto fields = std::tuple{
        field("id", &TopologyAnnotation::id, FieldFlag::ReadOnly),
        field("topology_id", &TopologyAnnotation::topologyId, FieldFlag::ReadOnly),
        field("annotation_type", &TopologyAnnotation::annotationType, FieldFlag::Required | FieldFlag::CreateOnly),
        field("element_data", &TopologyAnnotation::elementData, FieldFlag::Required),
        field("z_index", &TopologyAnnotation::zIndex),
        field("created_at", &TopologyAnnotation::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &TopologyAnnotation::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<TopologyAnnotation>
{
    static constexpr const char *table = "topology_annotations";
    static constexpr const char *order = "z_index, created_at, rowid";
    static constexpr const char *noun = "annotation";
};

} // namespace agent
