Console.WriteLine("hive");
