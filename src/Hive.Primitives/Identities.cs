namespace Hive;

/// <summary>A leadership term (Raft, thesis §3.3). Terms only grow; 0 means "no term yet".</summary>
public readonly record struct Term(ulong Value) : IComparable<Term>
{
    public static readonly Term Zero;

    /// <summary>The term that a candidate enters when it stands for election.</summary>
    public Term Next => new(checked(Value + 1));

    public int CompareTo(Term other) => Value.CompareTo(other.Value);
    public static bool operator <(Term left, Term right) => left.Value < right.Value;
    public static bool operator >(Term left, Term right) => left.Value > right.Value;
    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;
    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Position of an entry in the replicated log. The first entry has index 1; 0 stands before it.</summary>
public readonly record struct LogIndex(ulong Value) : IComparable<LogIndex>
{
    public static readonly LogIndex Zero;

    public LogIndex Next => new(checked(Value + 1));

    /// <summary>The index before this one; must not be asked of <see cref="Zero"/>.</summary>
    public LogIndex Previous => new(checked(Value - 1));

    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);
    public static LogIndex operator +(LogIndex index, ulong count) => new(checked(index.Value + count));
    public static LogIndex operator -(LogIndex index, ulong count) => new(checked(index.Value - count));
    public static ulong operator -(LogIndex left, LogIndex right) => checked(left.Value - right.Value);
    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;
    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;
    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;
    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// Revision of the store: it moves by one with every committed transaction that changed something. An empty store is at 1, the
/// first write makes 2 (etcd's numbering). It is also a Kubernetes object's <c>resourceVersion</c>.
/// </summary>
public readonly record struct Revision(long Value) : IComparable<Revision>
{
    /// <summary>Stands for "absent" in comparisons and for "the newest" in reads.</summary>
    public static readonly Revision Zero;

    /// <summary>The revision of a store in which nothing was ever written.</summary>
    public static readonly Revision Empty = new(1);

    public Revision Next => new(checked(Value + 1));

    public int CompareTo(Revision other) => Value.CompareTo(other.Value);
    public static bool operator <(Revision left, Revision right) => left.Value < right.Value;
    public static bool operator >(Revision left, Revision right) => left.Value > right.Value;
    public static bool operator <=(Revision left, Revision right) => left.Value <= right.Value;
    public static bool operator >=(Revision left, Revision right) => left.Value >= right.Value;
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Identity of a queen in the Raft group; never 0 for a real member, never used again after removal.</summary>
public readonly record struct MemberId(ulong Value) : IComparable<MemberId>
{
    public static readonly MemberId None;

    public bool IsNone => Value == 0;
    public int CompareTo(MemberId other) => Value.CompareTo(other.Value);

    /// <summary>Lower-case hexadecimal, as etcdctl prints member ids.</summary>
    public override string ToString() => Value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Identity of a cluster, made at its birth. Messages and files that carry another one are refused.</summary>
public readonly record struct ClusterId(ulong Value)
{
    public override string ToString() => Value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Identity of a lease; 0 means "no lease".</summary>
public readonly record struct LeaseId(long Value) : IComparable<LeaseId>
{
    public static readonly LeaseId None;

    public bool IsNone => Value == 0;
    public int CompareTo(LeaseId other) => Value.CompareTo(other.Value);

    /// <summary>Lower-case hexadecimal, as etcdctl prints lease ids.</summary>
    public override string ToString() => Value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
