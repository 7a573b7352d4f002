namespace Hive.Objects;

/// <summary>A kind whose objects are <typeparamref name="T"/>. A definition overrides what is particular to it; what is common is done here.</summary>
public abstract class KindDefinition<T> : KindDefinition where T : HiveObject, new()
{
    private readonly FieldSchema? _spec;
    private readonly FieldSchema? _status;
    private readonly SortedDictionary<string, Func<T, string>> _selectable = new(StringComparer.Ordinal);

    protected KindDefinition(string plural) : base(new T(), plural)
    {
        Schema.TryFind("spec", out _spec);
        Schema.TryFind("status", out _status);
        Selectable("metadata.name", item => item.Metadata.Name);
        Selectable("metadata.namespace", item => item.Metadata.Namespace);
    }

    public sealed override TypeSchema ListSchema => TypeSchema.Of(typeof(ObjectList<T>));

    public sealed override IReadOnlyList<string> SelectableFields => [.. _selectable.Keys];

    /// <summary>The syntax of names of this kind; null for a good name, otherwise what is wrong.</summary>
    protected virtual string? NameProblem(string name) => Names.Subdomain(name);

    /// <summary>Makes a field usable in field selectors.</summary>
    protected void Selectable(string field, Func<T, string> value) => _selectable[field] = value;

    /// <summary>Defaults that depend on other fields; those on the attributes are set already.</summary>
    protected virtual T Default(T item) => item;

    /// <summary>The initial state of what only the server may set. Without an override the status is emptied.</summary>
    protected virtual T Initial(T item) => (T)WithField(item, _status, _status is null ? null : TypeSchema.Of(_status.Property.PropertyType).Create());

    /// <summary>Rules beyond those on the attributes and those for metadata.</summary>
    protected virtual void Validate(T item, FieldErrors errors)
    {
    }

    /// <summary>Rules about the change from one object to the next.</summary>
    protected virtual void ValidateChange(T updated, T current, FieldErrors errors)
    {
    }

    /// <summary>Rules about a change of status.</summary>
    protected virtual void ValidateStatusChange(T updated, T current, FieldErrors errors)
    {
    }

    /// <summary>Adds the cells of a row, in the order of the columns.</summary>
    protected abstract void Fill(TableCells cells, T item, Time now);

    public sealed override HiveObject WithDefaults(HiveObject item) => Default((T)Schema.WithDefaults(item));

    public sealed override HiveObject PrepareForCreate(HiveObject submitted)
    {
        var item = Initial((T)WithDefaults(submitted));
        return item with
        {
            Metadata = item.Metadata with { Generation = TracksGeneration ? 1 : 0, DeletionTimestamp = null, DeletionGracePeriodSeconds = null, SelfLink = "" },
        };
    }

    public sealed override HiveObject PrepareForUpdate(HiveObject submitted, HiveObject current)
    {
        var item = (T)WithDefaults(submitted);
        if (_status is not null && FindSubResource("status") is not null) item = (T)WithField(item, _status, _status.Get(current));
        item = KeepWhenEmpty(item, (T)current);
        var moved = TracksGeneration && SpecChanged(item, current);
        return item with { Metadata = ServerOwned(item.Metadata, current.Metadata) with { Generation = current.Metadata.Generation + (moved ? 1 : 0) } };
    }

    public sealed override HiveObject PrepareForStatusUpdate(HiveObject submitted, HiveObject current)
    {
        Invariant.Check(_status is not null, $"{Kind} has no status");
        var item = (T)WithField(current, _status, _status.Get(submitted));
        return item with
        {
            Metadata = current.Metadata with
            {
                Annotations = submitted.Metadata.Annotations,
                ResourceVersion = submitted.Metadata.ResourceVersion,
                Uid = submitted.Metadata.Uid.Length == 0 ? current.Metadata.Uid : submitted.Metadata.Uid,
                ManagedFields = submitted.Metadata.ManagedFields,
            },
        };
    }

    public sealed override IReadOnlyList<StatusCause> ValidateCreate(HiveObject item)
    {
        var errors = new FieldErrors();
        ValidateAll((T)item, errors);
        return errors.Causes;
    }

    public sealed override IReadOnlyList<StatusCause> ValidateUpdate(HiveObject updated, HiveObject current)
    {
        var errors = new FieldErrors();
        MetadataValidation.ValidateUpdate(updated.Metadata, current.Metadata, errors);
        ValidateAll((T)updated, errors);
        ValidateChange((T)updated, (T)current, errors);
        return errors.Causes;
    }

    public sealed override IReadOnlyList<StatusCause> ValidateStatusUpdate(HiveObject updated, HiveObject current)
    {
        var errors = new FieldErrors();
        MetadataValidation.ValidateUpdate(updated.Metadata, current.Metadata, errors);
        ValidateStatusChange((T)updated, (T)current, errors);
        return errors.Causes;
    }

    public sealed override TableCells Cells(HiveObject item, Time now)
    {
        var cells = new TableCells();
        Fill(cells, (T)item, now);
        return cells;
    }

    public sealed override string? SelectableValue(HiveObject item, string field) => _selectable.TryGetValue(field, out var value) ? value((T)item) : null;

    public sealed override TypedDocument ListOf(IReadOnlyList<HiveObject> items, ListMeta metadata) =>
        new ObjectList<T> { Metadata = metadata, Items = [.. items.Cast<T>()] };

    /// <summary>Takes over from the current object what a client left out because it does not know it (allocated addresses, node names).</summary>
    protected virtual T KeepWhenEmpty(T updated, T current) => updated;

    /// <summary>A column; importance 0 is always shown, 1 with <c>-o wide</c>.</summary>
    protected static TableColumnDefinition Column(string name, string type = "string", int priority = 0, string description = "") => new()
    {
        Name = name,
        Type = type,
        Format = name == "Name" ? "name" : "",
        Description = description.Length > 0 ? description : ColumnTexts.For(name),
        Priority = priority,
    };

    // Kinds without spec and status are all spec.
    private bool SpecChanged(T updated, HiveObject current)
    {
        if (_spec is not null) return !_spec.Same(updated, current);
        return Schema.Fields.Any(field => field.Name != "metadata" && field.Name != "status" && !field.Same(updated, current));
    }

    private void ValidateAll(T item, FieldErrors errors)
    {
        // A request that is only answered needs no name.
        if (Stored) MetadataValidation.Validate(item.Metadata, Namespaced, NameProblem, errors);
        SchemaValidation.Validate(Schema, item, "", errors);
        Validate(item, errors);
    }

    private static ObjectMeta ServerOwned(ObjectMeta submitted, ObjectMeta current) => submitted with
    {
        Uid = submitted.Uid.Length == 0 ? current.Uid : submitted.Uid,
        CreationTimestamp = submitted.CreationTimestamp ?? current.CreationTimestamp,
        DeletionTimestamp = current.DeletionTimestamp,
        DeletionGracePeriodSeconds = current.DeletionGracePeriodSeconds,
        GenerateName = submitted.GenerateName.Length == 0 ? current.GenerateName : submitted.GenerateName,
        SelfLink = "",
    };

    private static object WithField(HiveObject item, FieldSchema? field, object? value)
    {
        if (field is null) return item;
        var copy = item with { };
        field.Set(copy, value);
        return copy;
    }
}
