namespace Hive.Objects;

/// <summary>What the columns mean that many tables share.</summary>
internal static class ColumnTexts
{
    internal static string For(string column) => column switch
    {
        "Name" => "The name of the object, unique for its kind in its namespace.",
        "Age" => "The time since the object was created.",
        "Containers" => "The names of the containers.",
        "Images" => "The images of the containers.",
        "Selector" => "The labels that an object must carry to belong here.",
        "Status" => "The state of the object.",
        _ => "",
    };
}
