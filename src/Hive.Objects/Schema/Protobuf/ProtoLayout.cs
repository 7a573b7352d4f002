namespace Hive.Objects;

/// <summary>
/// The protobuf view of a schema type: fields by number. Fields that JSON has inline but protobuf nests in a message of their own
/// (<see cref="FieldAttribute.Inline"/>) form a group under that message's number.
/// </summary>
internal sealed class ProtoLayout
{
    private readonly Slot[] _slots;
    private readonly int _fieldCount;

    private sealed record Slot(int Number, FieldSchema? Field, int Index, ProtoLayout? Group);

    private ProtoLayout(Slot[] slots, int fieldCount)
    {
        _slots = slots;
        _fieldCount = fieldCount;
        for (var i = 1; i < slots.Length; i++)
        {
            Invariant.Check(slots[i - 1].Number < slots[i].Number, $"two fields have the number {slots[i].Number}");
        }
    }

    internal static ProtoLayout Of(FieldSchema[] fields)
    {
        var slots = new List<Slot>();
        foreach (var group in fields.Select((field, index) => (field, index)).Where(f => f.field.Attribute.Number > 0).GroupBy(f => f.field.Attribute.Inline))
        {
            var plain = group.Select(f => new Slot(f.field.Attribute.Number, f.field, f.index, null));
            if (group.Key == 0) slots.AddRange(plain);
            else slots.Add(new Slot(group.Key, null, -1, new ProtoLayout(Sorted(plain), fields.Length)));
        }
        return new ProtoLayout(Sorted(slots), fields.Length);
    }

    internal void Write(ReverseProtoWriter writer, object owner)
    {
        for (var i = _slots.Length - 1; i >= 0; i--)
        {
            var slot = _slots[i];
            if (slot.Field is not null)
            {
                slot.Field.WriteProto(writer, owner);
                continue;
            }
            var mark = writer.Position;
            slot.Group!.Write(writer, owner);
            if (writer.Position != mark) writer.CloseMessage(slot.Number, mark);
        }
    }

    internal void Read(ref ProtoReader reader, object owner)
    {
        object?[]? pending = null;
        while (reader.TryReadTag(out var number))
        {
            var slot = Find(number);
            if (slot is null)
            {
                reader.Skip();
            }
            else if (slot.Group is not null)
            {
                var message = reader.ReadMessage();
                slot.Group.Read(ref message, owner);
            }
            else
            {
                pending ??= new object?[_fieldCount];
                slot.Field!.ReadProto(ref reader, owner, ref pending[slot.Index]);
            }
        }
        if (pending is null) return;
        foreach (var slot in _slots)
        {
            if (slot.Field is not null && pending[slot.Index] is { } gathered) slot.Field.FinishProto(owner, gathered);
        }
    }

    private static Slot[] Sorted(IEnumerable<Slot> slots) => [.. slots.OrderBy(slot => slot.Number)];

    private Slot? Find(int number)
    {
        foreach (var slot in _slots)
        {
            if (slot.Number == number) return slot;
        }
        return null;
    }
}
