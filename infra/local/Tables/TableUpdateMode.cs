namespace Azure.Data.Tables;

public enum TableUpdateMode
{
    /// <summary>Properties that are not sent stay.</summary>
    Merge = 0,

    /// <summary>Properties that are not sent go.</summary>
    Replace = 1,
}
