namespace Hive.Objects;

/// <summary>
/// All that the rest of Hive needs to know about one kind: its names, its schema, what happens to an object on its way in, when it is valid, how it is selected, and how it looks
/// in a table. One definition per kind, one file each, registered in <see cref="KindCatalog"/>.
/// </summary>
public abstract class KindDefinition
{
    private static readonly string[] StandardVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    private protected KindDefinition(HiveObject prototype, string plural)
    {
        Kind = prototype.Kind;
        ApiVersion = prototype.ApiVersion;
        var slash = ApiVersion.IndexOf('/');
        Group = slash < 0 ? "" : ApiVersion[..slash];
        Version = ApiVersion[(slash + 1)..];
        Plural = plural;
        Singular = Kind.ToLowerInvariant();
        Schema = TypeSchema.Of(prototype.GetType());
    }

    /// <summary>"" for the core group.</summary>
    public string Group { get; }

    public string Version { get; }

    /// <summary><c>v1</c> or <c>apps/v1</c>.</summary>
    public string ApiVersion { get; }

    public string Kind { get; }

    public string ListKind => Kind + "List";

    /// <summary>The name of the resource in paths: <c>pods</c>.</summary>
    public string Plural { get; }

    public string Singular { get; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Groups of resources that a client may name together; <c>all</c> for <c>kubectl get all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool Namespaced { get; init; } = true;

    /// <summary>False for requests that have the form of an object and are answered at once (token requests, access reviews).</summary>
    public bool Stored { get; init; } = true;

    public IReadOnlyList<string> Verbs { get; init; } = StandardVerbs;

    public IReadOnlyList<SubResource> SubResources { get; init; } = [];

    /// <summary><c>metadata.generation</c> starts at 1 and grows with every change of the spec.</summary>
    public bool TracksGeneration { get; init; }

    /// <summary>PUT of an object that does not exist creates it.</summary>
    public bool CreatesOnUpdate { get; init; }

    /// <summary>PUT needs a resourceVersion.</summary>
    public bool NeedsResourceVersionOnUpdate { get; init; }

    /// <summary>The schema of the kind's type.</summary>
    public TypeSchema Schema { get; }

    /// <summary>An object of the kind in which nothing is set.</summary>
    public HiveObject Blank() => (HiveObject)Schema.Create();

    /// <summary>The schema of a list of the kind.</summary>
    public abstract TypeSchema ListSchema { get; }

    /// <summary>The resource as messages name it: <c>pods</c>, <c>deployments.apps</c>.</summary>
    public string QualifiedResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The columns of the table, the name first.</summary>
    public abstract IReadOnlyList<TableColumnDefinition> Columns { get; }

    /// <summary>Names usable in field selectors, in ordinal order.</summary>
    public abstract IReadOnlyList<string> SelectableFields { get; }

    /// <summary>The sub-resource, or null.</summary>
    public SubResource? FindSubResource(string name) => SubResources.FirstOrDefault(sub => sub.Name == name);

    /// <summary>Reads a request's body as this kind.</summary>
    public Decoded<HiveObject> Read(ReadOnlyMemory<byte> body, BodyFormat format, bool strict) =>
        BodyReader.Read(Schema, ApiVersion, Kind, body, format, strict).Cast<HiveObject>();

    /// <summary>Reads an object that Hive stored.</summary>
    public Decoded<HiveObject> ReadStored(ReadOnlyMemory<byte> utf8) => HiveJson.Read(Schema, utf8).Cast<HiveObject>();

    /// <summary>
    /// What creation makes of a submitted object: defaults set, status and other fields that only the server may set put to their initial values. Name, namespace, uid, creation time and
    /// revision are the caller's business.
    /// </summary>
    public abstract HiveObject PrepareForCreate(HiveObject submitted);

    /// <summary>What an update makes of a submitted object: defaults set, status and server-owned metadata kept from <paramref name="current"/>, generation moved when the spec changed.</summary>
    public abstract HiveObject PrepareForUpdate(HiveObject submitted, HiveObject current);

    /// <summary>As <see cref="PrepareForUpdate"/> for the <c>status</c> sub-resource: only status and annotations are taken from what was submitted.</summary>
    public abstract HiveObject PrepareForStatusUpdate(HiveObject submitted, HiveObject current);

    /// <summary>Sets every default that the schema declares and the kind adds.</summary>
    public abstract HiveObject WithDefaults(HiveObject item);

    /// <summary>What is wrong with an object that is about to be created; empty when nothing is.</summary>
    public abstract IReadOnlyList<StatusCause> ValidateCreate(HiveObject item);

    /// <summary>What is wrong with an object that is to replace <paramref name="current"/>.</summary>
    public abstract IReadOnlyList<StatusCause> ValidateUpdate(HiveObject updated, HiveObject current);

    /// <summary>What is wrong with a status that is to replace that of <paramref name="current"/>.</summary>
    public abstract IReadOnlyList<StatusCause> ValidateStatusUpdate(HiveObject updated, HiveObject current);

    /// <summary>The cells of the object's row. Ages are relative to <paramref name="now"/>.</summary>
    public abstract TableCells Cells(HiveObject item, Time now);

    /// <summary>The value of a selectable field; null when the kind has no such field.</summary>
    public abstract string? SelectableValue(HiveObject item, string field);

    /// <summary>The objects as a typed list.</summary>
    public abstract TypedDocument ListOf(IReadOnlyList<HiveObject> items, ListMeta metadata);

    /// <summary>The refusal of an invalid object: code 422, reason Invalid, with all causes.</summary>
    public Status InvalidStatus(string name, IReadOnlyList<StatusCause> causes) => new()
    {
        Outcome = "Failure",
        Message = $"{Kind}{(Group.Length == 0 ? "" : "." + Group)} \"{name}\" is invalid: {FieldErrors.Describe(causes)}",
        Reason = StatusReason.Invalid,
        Details = new StatusDetails { Name = name, Group = Group, Kind = Kind, Causes = causes },
        Code = 422,
    };
}
