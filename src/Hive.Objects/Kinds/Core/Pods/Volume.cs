namespace Hive.Objects;

[Schema(ApiPackage.Core, "A directory that containers of a pod can mount: a name and one source.")]
public sealed record Volume
{
    [Field("name", 1, Required = true, Always = true, Doc = "The name, unique in the pod.")]
    public string Name { get; init; } = "";

    [Field("hostPath", 1, Inline = 2, Doc = "A path of the node.")]
    public HostPathVolumeSource? HostPath { get; init; }

    [Field("emptyDir", 2, Inline = 2, Doc = "An empty directory that lives as long as the pod.")]
    public EmptyDirVolumeSource? EmptyDir { get; init; }

    [Field("gcePersistentDisk", 3, Inline = 2)]
    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }

    [Field("awsElasticBlockStore", 4, Inline = 2)]
    public AWSElasticBlockStoreVolumeSource? AwsElasticBlockStore { get; init; }

    [Field("gitRepo", 5, Inline = 2)]
    public GitRepoVolumeSource? GitRepo { get; init; }

    [Field("secret", 6, Inline = 2, Doc = "The keys of a Secret as files.")]
    public SecretVolumeSource? Secret { get; init; }

    [Field("nfs", 7, Inline = 2)]
    public NFSVolumeSource? Nfs { get; init; }

    [Field("iscsi", 8, Inline = 2)]
    public ISCSIVolumeSource? Iscsi { get; init; }

    [Field("glusterfs", 9, Inline = 2)]
    public GlusterfsVolumeSource? Glusterfs { get; init; }

    [Field("persistentVolumeClaim", 10, Inline = 2, Doc = "A claim in the namespace.")]
    public PersistentVolumeClaimVolumeSource? PersistentVolumeClaim { get; init; }

    [Field("rbd", 11, Inline = 2)]
    public RBDVolumeSource? Rbd { get; init; }

    [Field("flexVolume", 12, Inline = 2)]
    public FlexVolumeSource? FlexVolume { get; init; }

    [Field("cinder", 13, Inline = 2)]
    public CinderVolumeSource? Cinder { get; init; }

    [Field("cephfs", 14, Inline = 2)]
    public CephFSVolumeSource? Cephfs { get; init; }

    [Field("flocker", 15, Inline = 2)]
    public FlockerVolumeSource? Flocker { get; init; }

    [Field("downwardAPI", 16, Inline = 2, Doc = "Fields of the pod as files.")]
    public DownwardAPIVolumeSource? DownwardAPI { get; init; }

    [Field("fc", 17, Inline = 2)]
    public FCVolumeSource? Fc { get; init; }

    [Field("azureFile", 18, Inline = 2)]
    public AzureFileVolumeSource? AzureFile { get; init; }

    [Field("configMap", 19, Inline = 2, Doc = "The keys of a ConfigMap as files.")]
    public ConfigMapVolumeSource? ConfigMap { get; init; }

    [Field("vsphereVolume", 20, Inline = 2)]
    public VsphereVirtualDiskVolumeSource? VsphereVolume { get; init; }

    [Field("quobyte", 21, Inline = 2)]
    public QuobyteVolumeSource? Quobyte { get; init; }

    [Field("azureDisk", 22, Inline = 2)]
    public AzureDiskVolumeSource? AzureDisk { get; init; }

    [Field("photonPersistentDisk", 23, Inline = 2)]
    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }

    [Field("projected", 26, Inline = 2, Doc = "Several sources in one directory.")]
    public ProjectedVolumeSource? Projected { get; init; }

    [Field("portworxVolume", 24, Inline = 2)]
    public PortworxVolumeSource? PortworxVolume { get; init; }

    [Field("scaleIO", 25, Inline = 2)]
    public ScaleIOVolumeSource? ScaleIO { get; init; }

    [Field("storageos", 27, Inline = 2)]
    public StorageOSVolumeSource? Storageos { get; init; }

    [Field("csi", 28, Inline = 2)]
    public CSIVolumeSource? Csi { get; init; }

    [Field("ephemeral", 29, Inline = 2)]
    public EphemeralVolumeSource? Ephemeral { get; init; }

    [Field("image", 30, Inline = 2)]
    public ImageVolumeSource? Image { get; init; }
}

[Schema(ApiPackage.Core, "A path of the node.")]
public sealed record HostPathVolumeSource
{
    [Field("path", 1, Required = true, Always = true, Doc = "The path on the node.")]
    public string Path { get; init; } = "";

    [Field("type", 2, Enum = typeof(HostPathType), Doc = "What must be there, or is made.")]
    public string? Type { get; init; }
}

[Schema(ApiPackage.Core, "An empty directory that lives as long as the pod.")]
public sealed record EmptyDirVolumeSource
{
    [Field("medium", 1, Doc = "Memory for a file system in memory.")]
    public string Medium { get; init; } = "";

    [Field("sizeLimit", 2, Doc = "How much may be stored.")]
    public Quantity? SizeLimit { get; init; }

    [Field("mode", 3)]
    public int? Mode { get; init; }
}

[Schema(ApiPackage.Core, "Obsolete: a checkout of a repository.")]
public sealed record GitRepoVolumeSource
{
    [Field("repository", 1, Required = true, Always = true)]
    public string Repository { get; init; } = "";

    [Field("revision", 2)]
    public string Revision { get; init; } = "";

    [Field("directory", 3)]
    public string Directory { get; init; } = "";
}

[Schema(ApiPackage.Core, "A claim in the namespace of the pod.")]
public sealed record PersistentVolumeClaimVolumeSource
{
    [Field("claimName", 1, Required = true, Always = true)]
    public string ClaimName { get; init; } = "";

    [Field("readOnly", 2)]
    public bool ReadOnly { get; init; }
}

[Schema(ApiPackage.Core, "A volume of a CSI driver.")]
public sealed record CSIVolumeSource
{
    [Field("driver", 1, Required = true, Always = true)]
    public string Driver { get; init; } = "";

    [Field("readOnly", 2)]
    public bool? ReadOnly { get; init; }

    [Field("fsType", 3)]
    public string? FsType { get; init; }

    [Field("volumeAttributes", 4)]
    public StringMap VolumeAttributes { get; init; } = StringMap.Empty;

    [Field("nodePublishSecretRef", 5)]
    public LocalObjectReference? NodePublishSecretRef { get; init; }
}

[Schema(ApiPackage.Core, "A claim made for the pod and deleted with it.")]
public sealed record EphemeralVolumeSource
{
    [Field("volumeClaimTemplate", 1)]
    public PersistentVolumeClaimTemplate? VolumeClaimTemplate { get; init; }
}

[Schema(ApiPackage.Core, "The content of an image.")]
public sealed record ImageVolumeSource
{
    [Field("reference", 1)]
    public string Reference { get; init; } = "";

    [Field("pullPolicy", 2, Enum = typeof(PullPolicy))]
    public string PullPolicy { get; init; } = "";
}

[Schema(ApiPackage.Core, "The claim to make for a pod.")]
public sealed record PersistentVolumeClaimTemplate
{
    [Field("metadata", 1)]
    public ObjectMeta Metadata { get; init; } = new();

    [Field("spec", 2, Required = true)]
    public PersistentVolumeClaimSpec Spec { get; init; } = new();
}

[Schema(ApiPackage.Core, "What a claim asks for.")]
public sealed record PersistentVolumeClaimSpec
{
    [Field("accessModes", 1, ListType = "atomic", Enum = typeof(PersistentVolumeAccessMode))]
    public IReadOnlyList<string> AccessModes { get; init; } = [];

    [Field("selector", 4)]
    public LabelSelector? Selector { get; init; }

    [Field("resources", 2)]
    public VolumeResourceRequirements Resources { get; init; } = new();

    [Field("volumeName", 3)]
    public string VolumeName { get; init; } = "";

    [Field("storageClassName", 5)]
    public string? StorageClassName { get; init; }

    [Field("volumeMode", 6, Enum = typeof(PersistentVolumeMode))]
    public string? VolumeMode { get; init; }

    [Field("dataSource", 7)]
    public TypedLocalObjectReference? DataSource { get; init; }

    [Field("dataSourceRef", 8)]
    public TypedObjectReference? DataSourceRef { get; init; }

    [Field("volumeAttributesClassName", 9)]
    public string? VolumeAttributesClassName { get; init; }
}

[Schema(ApiPackage.Core, "Points at an object of any kind and namespace.")]
public sealed record TypedObjectReference
{
    [Field("apiGroup", 1)]
    public string? ApiGroup { get; init; }

    [Field("kind", 2, Required = true, Always = true)]
    public string Kind { get; init; } = "";

    [Field("name", 3, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("namespace", 4)]
    public string? Namespace { get; init; }
}

/// <summary>Values of HostPathType.</summary>
public static class HostPathType
{
    public const string DirectoryOrCreate = "DirectoryOrCreate";
    public const string Directory = "Directory";
    public const string FileOrCreate = "FileOrCreate";
    public const string File = "File";
    public const string Socket = "Socket";
    public const string CharDevice = "CharDevice";
    public const string BlockDevice = "BlockDevice";
}

/// <summary>Values of StorageMedium.</summary>
public static class StorageMedium
{
    public const string Memory = "Memory";
    public const string HugePages = "HugePages";
}

/// <summary>Values of PersistentVolumeAccessMode.</summary>
public static class PersistentVolumeAccessMode
{
    public const string ReadWriteOnce = "ReadWriteOnce";
    public const string ReadOnlyMany = "ReadOnlyMany";
    public const string ReadWriteMany = "ReadWriteMany";
    public const string ReadWriteOncePod = "ReadWriteOncePod";
}

/// <summary>Values of PersistentVolumeMode.</summary>
public static class PersistentVolumeMode
{
    public const string Block = "Block";
    public const string Filesystem = "Filesystem";
}
