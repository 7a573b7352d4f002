namespace Hive.Objects;

[Schema(ApiPackage.Core, "A disk of Amazon EC2.")]
public sealed record AWSElasticBlockStoreVolumeSource
{
    [Field("volumeID", 1, Required = true, Always = true)]
    public string VolumeID { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";

    [Field("partition", 3)]
    public int Partition { get; init; }

    [Field("readOnly", 4)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A disk of Google Compute Engine.")]
public sealed record GCEPersistentDiskVolumeSource
{
    [Field("pdName", 1, Required = true, Always = true)]
    public string PdName { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";

    [Field("partition", 3)]
    public int Partition { get; init; }

    [Field("readOnly", 4)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "An NFS export.")]
public sealed record NFSVolumeSource
{
    [Field("server", 1, Required = true, Always = true)]
    public string Server { get; init; } = "";

    [Field("path", 2, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "An iSCSI disk.")]
public sealed record ISCSIVolumeSource
{
    [Field("targetPortal", 1, Required = true, Always = true)]
    public string TargetPortal { get; init; } = "";

    [Field("iqn", 2, Required = true, Always = true)]
    public string Iqn { get; init; } = "";

    [Field("lun", 3, Required = true, Always = true)]
    public int Lun { get; init; }

    [Field("iscsiInterface", 4, Default = "default")]
    public string IscsiInterface { get; init; } = "";

    [Field("fsType", 5)]
    public string FsType { get; init; } = "";

    [Field("readOnly", 6)]
    public bool ReadOnly { get; init; }

    [Field("portals", 7, ListType = "atomic")]
    public IReadOnlyList<string> Portals { get; init; } = [];

    [Field("chapAuthDiscovery", 8)]
    public bool ChapAuthDiscovery { get; init; }

    [Field("chapAuthSession", 11)]
    public bool ChapAuthSession { get; init; }

    [Field("secretRef", 10)]
    public LocalObjectReference? SecretRef { get; init; }

    [Field("initiatorName", 12)]
    public string? InitiatorName { get; init; }
}

[Schema(ApiPackage.Core, "A Glusterfs volume.")]
public sealed record GlusterfsVolumeSource
{
    [Field("endpoints", 1, Required = true, Always = true)]
    public string Endpoints { get; init; } = "";

    [Field("path", 2, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A Ceph block device.")]
public sealed record RBDVolumeSource
{
    [Field("monitors", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Monitors { get; init; } = [];

    [Field("image", 2, Required = true, Always = true)]
    public string Image { get; init; } = "";

    [Field("fsType", 3)]
    public string FsType { get; init; } = "";

    [Field("pool", 4, Default = "rbd")]
    public string Pool { get; init; } = "";

    [Field("user", 5, Default = "admin")]
    public string User { get; init; } = "";

    [Field("keyring", 6, Default = "/etc/ceph/keyring")]
    public string Keyring { get; init; } = "";

    [Field("secretRef", 7)]
    public LocalObjectReference? SecretRef { get; init; }

    [Field("readOnly", 8)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A volume made by a FlexVolume plug-in.")]
public sealed record FlexVolumeSource
{
    [Field("driver", 1, Required = true, Always = true)]
    public string Driver { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";

    [Field("secretRef", 3)]
    public LocalObjectReference? SecretRef { get; init; }

    [Field("readOnly", 4)]
    public bool ReadOnly { get; init; }

    [Field("options", 5)]
    public StringMap Options { get; init; } = StringMap.Empty;
}

[Schema(ApiPackage.Core, "An OpenStack disk.")]
public sealed record CinderVolumeSource
{
    [Field("volumeID", 1, Required = true, Always = true)]
    public string VolumeID { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }

    [Field("secretRef", 4)]
    public LocalObjectReference? SecretRef { get; init; }
}

[Schema(ApiPackage.Core, "A Ceph file system.")]
public sealed record CephFSVolumeSource
{
    [Field("monitors", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Monitors { get; init; } = [];

    [Field("path", 2)]
    public string Path { get; init; } = "";

    [Field("user", 3)]
    public string User { get; init; } = "";

    [Field("secretFile", 4)]
    public string SecretFile { get; init; } = "";

    [Field("secretRef", 5)]
    public LocalObjectReference? SecretRef { get; init; }

    [Field("readOnly", 6)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A Flocker dataset.")]
public sealed record FlockerVolumeSource
{
    [Field("datasetName", 1)]
    public string DatasetName { get; init; } = "";

    [Field("datasetUUID", 2)]
    public string DatasetUUID { get; init; } = "";
}

[Schema(ApiPackage.Core, "A Fibre Channel disk.")]
public sealed record FCVolumeSource
{
    [Field("targetWWNs", 1, ListType = "atomic")]
    public IReadOnlyList<string> TargetWWNs { get; init; } = [];

    [Field("lun", 2)]
    public int? Lun { get; init; }

    [Field("fsType", 3)]
    public string FsType { get; init; } = "";

    [Field("readOnly", 4)]
    public bool ReadOnly { get; init; }

    [Field("wwids", 5, ListType = "atomic")]
    public IReadOnlyList<string> Wwids { get; init; } = [];
}

[Schema(ApiPackage.Core, "An Azure file share.")]
public sealed record AzureFileVolumeSource
{
    [Field("secretName", 1, Required = true, Always = true)]
    public string SecretName { get; init; } = "";

    [Field("shareName", 2, Required = true, Always = true)]
    public string ShareName { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A vSphere disk.")]
public sealed record VsphereVirtualDiskVolumeSource
{
    [Field("volumePath", 1, Required = true, Always = true)]
    public string VolumePath { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";

    [Field("storagePolicyName", 3)]
    public string StoragePolicyName { get; init; } = "";

    [Field("storagePolicyID", 4)]
    public string StoragePolicyID { get; init; } = "";
}

[Schema(ApiPackage.Core, "A Quobyte volume.")]
public sealed record QuobyteVolumeSource
{
    [Field("registry", 1, Required = true, Always = true)]
    public string Registry { get; init; } = "";

    [Field("volume", 2, Required = true, Always = true)]
    public string Volume { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }

    [Field("user", 4)]
    public string User { get; init; } = "";

    [Field("group", 5)]
    public string Group { get; init; } = "";

    [Field("tenant", 6)]
    public string Tenant { get; init; } = "";
}

[Schema(ApiPackage.Core, "An Azure disk.")]
public sealed record AzureDiskVolumeSource
{
    [Field("diskName", 1, Required = true, Always = true)]
    public string DiskName { get; init; } = "";

    [Field("diskURI", 2, Required = true, Always = true)]
    public string DiskURI { get; init; } = "";

    [Field("cachingMode", 3, Default = "ReadWrite", Enum = typeof(AzureDataDiskCachingMode))]
    public string? CachingMode { get; init; }

    [Field("fsType", 4, Default = "ext4")]
    public string? FsType { get; init; }

    [Field("readOnly", 5, Default = "false")]
    public bool? ReadOnly { get; init; }

    [Field("kind", 6, Default = "Shared", Enum = typeof(AzureDataDiskKind))]
    public string? Kind { get; init; }
}

[Schema(ApiPackage.Core, "A Photon disk.")]
public sealed record PhotonPersistentDiskVolumeSource
{
    [Field("pdID", 1, Required = true, Always = true)]
    public string PdID { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";
}

[Schema(ApiPackage.Core, "A Portworx volume.")]
public sealed record PortworxVolumeSource
{
    [Field("volumeID", 1, Required = true, Always = true)]
    public string VolumeID { get; init; } = "";

    [Field("fsType", 2)]
    public string FsType { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A ScaleIO volume.")]
public sealed record ScaleIOVolumeSource
{
    [Field("gateway", 1, Required = true, Always = true)]
    public string Gateway { get; init; } = "";

    [Field("system", 2, Required = true, Always = true)]
    public string System { get; init; } = "";

    [Field("secretRef", 3, Required = true)]
    public LocalObjectReference? SecretRef { get; init; }

    [Field("sslEnabled", 4)]
    public bool SslEnabled { get; init; }

    [Field("protectionDomain", 5)]
    public string ProtectionDomain { get; init; } = "";

    [Field("storagePool", 6)]
    public string StoragePool { get; init; } = "";

    [Field("storageMode", 7, Default = "ThinProvisioned")]
    public string StorageMode { get; init; } = "";

    [Field("volumeName", 8)]
    public string VolumeName { get; init; } = "";

    [Field("fsType", 9, Default = "xfs")]
    public string FsType { get; init; } = "";

    [Field("readOnly", 10)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A StorageOS volume.")]
public sealed record StorageOSVolumeSource
{
    [Field("volumeName", 1)]
    public string VolumeName { get; init; } = "";

    [Field("volumeNamespace", 2)]
    public string VolumeNamespace { get; init; } = "";

    [Field("fsType", 3)]
    public string FsType { get; init; } = "";

    [Field("readOnly", 4)]
    public bool ReadOnly { get; init; }

    [Field("secretRef", 5)]
    public LocalObjectReference? SecretRef { get; init; }
}

/// <summary>Values of AzureDataDiskCachingMode.</summary>
public static class AzureDataDiskCachingMode
{
    public const string None = "None";
    public const string ReadOnly = "ReadOnly";
    public const string ReadWrite = "ReadWrite";
}

/// <summary>Values of AzureDataDiskKind.</summary>
public static class AzureDataDiskKind
{
    public const string Shared = "Shared";
    public const string Dedicated = "Dedicated";
    public const string Managed = "Managed";
}
