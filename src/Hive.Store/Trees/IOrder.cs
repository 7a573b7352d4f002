namespace Hive.Store.Trees;

/// <summary>How a tree's entries are ordered and found. Implemented by structs, so that the tree's code is specialised and inlined.</summary>
/// <typeparam name="TKey">What is searched for; may live on the stack only.</typeparam>
/// <typeparam name="TEntry">What a leaf holds.</typeparam>
/// <typeparam name="TSeparator">What an inner node keeps to divide two children: must not depend on memory that an entry may lose.</typeparam>
internal interface IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
{
    /// <summary>Where the key stands relative to the entry.</summary>
    int Compare(TKey key, in TEntry entry);

    /// <summary>Where the key stands relative to the separator; a key equal to it belongs to the right.</summary>
    int CompareToSeparator(TKey key, in TSeparator separator);

    /// <summary>A separator with left &lt; separator &lt;= right.</summary>
    TSeparator Between(in TEntry left, in TEntry right);
}
