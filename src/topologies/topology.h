#pragma once

#include "storage/repository.h"
#include "topologies/topologyconnection.h"
#include "topologies/topologydevice.h"

namespace agent {

/// A drawn or discovered network, without what is in it (contract 05 section 5.1).
struct Topology
{
    QString id;
    QString name;
    std::optional<QString> folderId; ///< null, and written so: the root
    double sortOrder = 0;            ///< may be a fraction: the place between two neighbours
    bool shared = false;             ///< kept for the client, without effect here
    Timestamp createdAt;
    Timestamp updatedAt; ///< also of what is in it

    friend bool operator==(const Topology &, const Topology &) = default;
};

template <>
struct Schema<Topology>
{
    static constexpr const char *name = "Topology";
    static constexpr auto fields = std::tuple{
        field("id", &Topology::id, FieldFlag::ReadOnly),
        field("name", &Topology::name, FieldFlag::Required),
        field("folder_id", &Topology::folderId, FieldFlag::ReadOnly),
        field("sort_order", &Topology::sortOrder, FieldFlag::ReadOnly),
        field("shared", &Topology::shared, FieldFlag::ReadOnly),
        field("created_at", &Topology::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &Topology::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<Topology>
{
    static constexpr const char *table = "topologies";
    static constexpr const char *order = "sort_order, name, id";
    static constexpr const char *noun = "topology";
};

/// A topology with its devices and the connections between them; only an answer.
struct TopologyDetail
{
    QString id;
    QString name;
    std::optional<QString> folderId;
    double sortOrder = 0;
    QList<TopologyDevice> devices;
    QList<TopologyConnection> connections;
    Timestamp createdAt;
    Timestamp updatedAt;
};

template <>
struct Schema<TopologyDetail>
{
    static constexpr const char *name = "TopologyDetail";
    static constexpr auto fields = std::tuple{
        field("id", &TopologyDetail::id, FieldFlag::ReadOnly),
        field("name", &TopologyDetail::name, FieldFlag::ReadOnly),
        field("folder_id", &TopologyDetail::folderId, FieldFlag::ReadOnly),
        field("sort_order", &TopologyDetail::sortOrder, FieldFlag::ReadOnly),
        field("devices", &TopologyDetail::devices, FieldFlag::ReadOnly),
        field("connections", &TopologyDetail::connections, FieldFlag::ReadOnly),
        field("created_at", &TopologyDetail::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &TopologyDetail::updatedAt, FieldFlag::ReadOnly),
    };
};

} // namespace agent
